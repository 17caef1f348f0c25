#!/bin/bash
# Perl one-liners.
. "$(dirname "$0")/prologue" || exit 99

perl -e 'print join(",", map {$_*$_} grep {$_%2} 1..9), "\n"'; printf 'a b\nc d\n' | perl -lane 'print $F[1]'; echo hello | perl -pe 's/l+/L/; tr/a-z/A-Z/'; perl -e 'my %h=(a=>1,b=>2); print "$_=$h{$_}\n" for sort keys %h; printf "%.3f %s %x\n", 3.14159, "x" x 3, 255'
perl -e 'open F,">f"; print F "line $_\n" for 1..3; close F; open F,"f"; my @l=<F>; print scalar(@l), $l[-1]; print -s "f", "\n"; unlink "f"; print -e "f" ? "there":"gone", "\n"'; perl -MPOSIX -e 'print floor(-3.5), " ", strftime("%Y", gmtime 0), "\n"'
perl -e '$p=fork; if(!$p){exit 3} waitpid $p,0; print $?>>8,"\n"; $SIG{USR1}=sub{print "usr1\n"}; kill USR1=>$$; print `echo back`; pipe R,W; if(!fork){print W "piped\n"; exit} close W; print <R>; wait; local $SIG{ALRM}=sub{die "alarm\n"}; eval{alarm 1; select undef,undef,undef,5}; print $@'
