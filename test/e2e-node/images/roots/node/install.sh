apt-get install -y -qq --no-install-recommends libstdc++6 ca-certificates
groupadd --gid 1000 node
useradd --uid 1000 --gid node --shell /bin/bash --create-home node
ln -s /usr/local/bin/node /usr/local/bin/nodejs
node --version
