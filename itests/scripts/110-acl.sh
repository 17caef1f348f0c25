#!/bin/bash
# Access control lists: setfacl, getfacl, ls, cp, tar.
. "$(dirname "$0")/prologue" || exit 99

umask 027
mkdir d; echo text > f
setfacl -m u:daemon:rw,g:users:r f; getfacl f
ls -l f | cut -c 1-11
chmod g-w f; getfacl -c f
setfacl -d -m u:daemon:rwX,g::rx,o::- d; getfacl d
echo x > d/new; mkdir d/sub; getfacl d/new d/sub
mkfifo d/fifo; getfacl -cp d/fifo
cp -p f copy; getfacl copy; cp f plain; getfacl -c plain
tar --acls -cf a.tar d f; mkdir out; tar --acls -xf a.tar -C out; (cd out && getfacl f d d/fifo d/new d/sub)
setfacl -x u:daemon f; getfacl -c f
setfacl -b f; getfacl -c f; ls -l f | cut -c 1-11
setfacl -k d; getfacl -c d
getfacl -c out/d | setfacl --set-file=- d; getfacl d
setfacl -m u:daemon:q f 2>&1
ln -s f l; getfacl -c l
setfacl -n -m u:bin:rwx,m::r f; getfacl -c f
