apt-get install -y -qq --no-install-recommends perl
ln -s /usr/bin/perl /usr/local/bin/perl
perl --version
