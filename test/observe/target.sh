#!/bin/sh
# Runs a container by hand: a root on an overlay, a process in it that writes, and the program that
# looks at it, in a mount and process namespace of their own.
# target.sh FOLDER PROGRAM: prints what PROGRAM prints.
set -eu
folder=$1 program=$2
cd "$folder"
mkdir -p upper work merged
image=$folder/lower
mkdir -p "$image/bin" "$image/proc" "$image/tmp" "$image/run" "$image/data" "$image/etc/app" \
  "$image/var/cache/app" "$image/opt/app/logs" "$image/opt/app/lib"
echo conf > "$image/etc/app/app.conf"
echo old > "$image/etc/app/other.conf"
echo lib > "$image/opt/app/lib/code"
touch "$image/opt/app/logs/.keep"
sh_file=$(readlink -f /bin/sh)
for file in "$sh_file" $(ldd "$sh_file" | grep -o '/[^ ]*'); do
  mkdir -p "$image$(dirname "$file")"
  cp -L "$file" "$image$file"
done
for tool in sleep mkdir rm; do
  file=$(readlink -f "$(command -v "$tool")")
  cp "$file" "$image/bin/$tool"
  for library in $(ldd "$file" | grep -o '/[^ ]*'); do
    mkdir -p "$image$(dirname "$library")"
    cp -L "$library" "$image$library"
  done
done
mount -t overlay overlay -o "lowerdir=$image,upperdir=$folder/upper,workdir=$folder/work" merged
mount -t proc proc merged/proc
mount -t tmpfs -o size=1m tmpfs merged/data
mount -t proc proc /proc
sleep 0.5
chroot merged "$sh_file" -c '
  echo changed > /etc/app/app.conf
  echo 1 > /run/app.pid
  mkdir /var/cache/app/made
  echo x > /tmp/gone
  rm /tmp/gone
  echo log > /opt/app/logs/today.log
  echo data > /data/file
  echo ready > /run/ready
  sleep 60
' &
target=$!
while [ ! -e merged/run/ready ]; do sleep 0.1; done
"$program" --pid "$target"
kill "$target"
