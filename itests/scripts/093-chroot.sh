#!/bin/bash
# Chroot with a static shell.
. "$(dirname "$0")/prologue" || exit 99

mkdir -p root/bin root/tmp; cp /bin/busybox root/bin/ && ln -s busybox root/bin/sh && ln -s busybox root/bin/ls && echo inside > root/file; chroot root /bin/sh -c 'cat=1; read l < /file; echo $l; cd ..; pwd; ls /; echo x > /tmp/y'; cat root/tmp/y; chroot root /bin/none 2>/dev/null; echo $?
