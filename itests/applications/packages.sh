# needs root-directory dpkg-deb apt-get
# of Debian: changes what is installed
mkdir -p p/DEBIAN p/usr/bin; printf 'Package: moat-hello\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@example.org>\nDepends: libc6\nDescription: t\n test\n' >p/DEBIAN/control
printf '#!/bin/sh\necho postinst $1\n' >p/DEBIAN/postinst; printf '#!/bin/sh\necho hello\n' >p/usr/bin/moat-hello; chmod 755 p/DEBIAN/postinst p/usr/bin/moat-hello
export DEBIAN_FRONTEND=noninteractive; dpkg-deb --root-owner-group -b p hello.deb; apt-get install -qq -y ./hello.deb 2>/dev/null | grep -v Reading; moat-hello; dpkg -s moat-hello | head -3; dpkg --verify moat-hello
apt-get remove -qq -y moat-hello 2>/dev/null | grep -v Reading; dpkg -s moat-hello 2>&1 | head -1; MANPAGER=cat man ls 2>/dev/null | head -3
