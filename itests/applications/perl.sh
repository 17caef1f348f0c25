# needs perl
perl -e '
use IO::Socket::UNIX; use POSIX ":sys_wait_h"; use Time::HiRes "sleep"; use File::Temp; use Storable;
my $s = IO::Socket::UNIX->new(Local => "s", Listen => 5) or die $!;
my @kids = map { my $n = $_; my $p = fork; if (!$p) { my $c = IO::Socket::UNIX->new(Peer => "s"); print $c "hello $n\n"; print scalar <$c>; exit $n } $p } 1..4;
for (1..4) { my $c = $s->accept; my $l = <$c>; $l =~ s/hello/bye/; print $c $l; close $c }
print join(",", map { waitpid $_, 0; $? >> 8 } @kids), "\n";
local $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; sleep 5 }; print $@;
open my $p, "-|", "sort -n | tail -1" or die; close $p;
store [1..10], "f"; print scalar @{retrieve "f"}, "\n"; print -s "f" > 10 ? "stored\n" : "short\n";
' </dev/null | sort
