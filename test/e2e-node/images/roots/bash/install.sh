install -D /bin/bash /usr/local/bin/bash
bash --version
