# needs tar gzip xz find
mkdir -p t/a/b && seq 20000 >t/n && ln t/n t/hard && ln -s n t/soft && mkfifo t/fifo && chmod 4751 t/a && truncate -s 10M t/sparse && printf x | dd of=t/sparse bs=1 seek=5000000 conv=notrunc 2>/dev/null
for z in gzip xz; do tar -cS --$z -f t.$z t && mkdir $z && tar -xf t.$z -C $z && diff -r --exclude=fifo t $z/t && find $z -printf '%P %y %m %s %n %l\n' | sort | grep -v '^t \|^ \|/b \|t/a '; done
du -k t/sparse | cut -f1 | awk '{ print ($1 < 100) }'; find t -newer t.xz | wc -l; find t -type f -exec sha256sum {} + | sort -k2
