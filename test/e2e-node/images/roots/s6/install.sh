apt-get install -y -qq --no-install-recommends s6
