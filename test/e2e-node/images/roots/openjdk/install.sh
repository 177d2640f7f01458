mkdir -p /usr/share/man/man1 # update-alternatives links manual pages there, even where there are none.
apt-get install -y -qq --no-install-recommends openjdk-17-jdk-headless ca-certificates
ln -s "$(dirname "$(dirname "$(readlink -f /usr/bin/javac)")")" /usr/local/openjdk-17
/usr/local/openjdk-17/bin/java --version
