# As upstream's: one program in /bin, and each applet a hard link to it.
cd /mnt/out
mkdir -p bin dev etc home root tmp usr/bin usr/sbin var/spool/mail var/www
chmod 0700 root
chmod 1777 tmp
cp /bin/busybox bin/busybox
for applet in $(bin/busybox --list); do
  [ "$applet" = busybox ] || ln bin/busybox "bin/$applet"
done
ln -s /bin/env usr/bin/env
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' > etc/passwd
printf 'root:x:0:\nnobody:x:65534:\n' > etc/group
