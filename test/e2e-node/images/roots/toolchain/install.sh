# What compiles the other images' programs; never run as a container.
apt-get install -y -qq --no-install-recommends \
  build-essential dpkg-dev libpcre2-dev zlib1g-dev libssl-dev libapr1-dev libaprutil1-dev busybox-static
