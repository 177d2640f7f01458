apt-get install -y -qq --no-install-recommends frr tini
ln -s /usr/bin/tini /sbin/tini
# The network of a container is the runtime's to set up, and what the package's script made belongs to no image.
rm -rf /run/frr /var/tmp/frr
install -d -o frr -g frr /run/frr
