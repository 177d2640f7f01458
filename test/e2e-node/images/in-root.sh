#!/bin/bash
# Runs a script inside a root that is an overlay: what it writes ends up in UPPER. To be started in mount and PID
# namespaces of its own, so that its mounts and whatever it leaves running end with it, also when it is interrupted.
#
# usage: in-root.sh LOWER UPPER WORK SCRIPT FILES OUT APT
#   LOWER   lower folders, the topmost first, separated by colons
#   WORK    an empty folder on the file system of UPPER
#   FILES   copied into the root
#   OUT     copied into the root before FILES; /mnt/out there, where SCRIPT may leave something for another root
#   SCRIPT  run by bash in the root
#   APT     what apt downloads, kept for the next image
set -euo pipefail
lower=$1 upper=$2 work=$3 script=$4 files=$5 out=$6 apt=$7
root=$work/root

mkdir -p "$upper" "$work/overlay" "$root" "$apt/archives/partial" "$apt/lists/partial"
options="lowerdir=$lower,upperdir=$upper,workdir=$work/overlay"
mount -t overlay overlay -o "$options,redirect_dir=off,index=off,metacopy=off" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/mnt"
mkdir "$root/mnt/files" "$root/mnt/out"
mount --bind "$files" "$root/mnt/files"
mount --bind "$out" "$root/mnt/out"
cp "$script" "$root/mnt/script"
# Others make images at the same time, and apt does not wait for the locks of what they share: downloads are made one at a
# time, and without those locks everybody then unpacks on their own.
touch "$apt/lock" "$root/mnt/lock"
mount --bind "$apt/lock" "$root/mnt/lock"
mkdir "$root/mnt/bin"
cat > "$root/mnt/bin/apt-get" <<'SH'
#!/bin/sh
case $1 in
  install) flock /mnt/lock /usr/bin/apt-get "$@" --download-only && exec /usr/bin/apt-get -o Debug::NoLocking=true "$@" ;;
  *) exec flock /mnt/lock /usr/bin/apt-get "$@" ;;
esac
SH
chmod +x "$root/mnt/bin/apt-get"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
# For a script that fetches with Java, where this machine trusts more authorities than a fresh root.
[ ! -f /etc/ssl/certs/java/cacerts ] || cp /etc/ssl/certs/java/cacerts "$root/mnt/cacerts"
mount --bind "$apt/archives" "$root/var/cache/apt/archives"
mount --bind "$apt/lists" "$root/var/lib/apt/lists"

# env -i: nothing of whoever runs the tests gets into an image, but for how to reach the mirror.
exec env -i PATH=/mnt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
  chroot "$root" /bin/bash --norc -euxo pipefail -c '
    find /var/lib/apt/lists -name "*InRelease" -mmin -60 | grep -q . || apt-get update -qq
    cp -a /mnt/out/. /
    cd /mnt/files # Whatever the umask of the checkout, files are for all to read and folders keep their modes.
    find . -type f -perm -u+x -exec install -D -m 755 {} /{} \;
    find . -type f ! -perm -u+x -exec install -D -m 644 {} /{} \;
    cd /root
    source /mnt/script
  ' < /dev/null
