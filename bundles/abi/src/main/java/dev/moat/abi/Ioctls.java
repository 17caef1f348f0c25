package dev.moat.abi;

/**
 * Requests of {@code ioctl(2)}.
 *
 * <p>Source: include/uapi/asm-generic/ioctls.h, linux/fs.h, linux/sockios.h, linux/fiemap.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/ioctl.2.html">ioctl(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/ioctl_tty.2.html">ioctl_tty(2)</a>
 */
public final class Ioctls {
    // Terminals.
    public static final int TCGETS = 0x5401;
    public static final int TCSETS = 0x5402;
    public static final int TCSETSW = 0x5403;
    public static final int TCSETSF = 0x5404;
    public static final int TCGETA = 0x5405;
    public static final int TCSETA = 0x5406;
    public static final int TCSETAW = 0x5407;
    public static final int TCSETAF = 0x5408;
    public static final int TCSBRK = 0x5409;
    public static final int TCXONC = 0x540a;
    public static final int TCFLSH = 0x540b;
    public static final int TIOCEXCL = 0x540c;
    public static final int TIOCNXCL = 0x540d;
    public static final int TIOCSCTTY = 0x540e;
    public static final int TIOCGPGRP = 0x540f;
    public static final int TIOCSPGRP = 0x5410;
    public static final int TIOCOUTQ = 0x5411;
    public static final int TIOCSTI = 0x5412;
    public static final int TIOCGWINSZ = 0x5413;
    public static final int TIOCSWINSZ = 0x5414;
    public static final int TIOCMGET = 0x5415;
    public static final int TIOCMBIS = 0x5416;
    public static final int TIOCMBIC = 0x5417;
    public static final int TIOCMSET = 0x5418;
    public static final int TIOCGSOFTCAR = 0x5419;
    public static final int TIOCSSOFTCAR = 0x541a;
    public static final int FIONREAD = 0x541b;
    public static final int TIOCINQ = 0x541b;
    public static final int TIOCLINUX = 0x541c;
    public static final int TIOCCONS = 0x541d;
    public static final int TIOCGSERIAL = 0x541e;
    public static final int TIOCSSERIAL = 0x541f;
    public static final int TIOCPKT = 0x5420;
    public static final int FIONBIO = 0x5421;
    public static final int TIOCNOTTY = 0x5422;
    public static final int TIOCSETD = 0x5423;
    public static final int TIOCGETD = 0x5424;
    public static final int TCSBRKP = 0x5425;
    public static final int TIOCSBRK = 0x5427;
    public static final int TIOCCBRK = 0x5428;
    public static final int TIOCGSID = 0x5429;
    public static final int TCGETS2 = 0x802c542a;
    public static final int TCSETS2 = 0x402c542b;
    public static final int TCSETSW2 = 0x402c542c;
    public static final int TCSETSF2 = 0x402c542d;
    public static final int TIOCGPTN = 0x80045430;
    public static final int TIOCSPTLCK = 0x40045431;
    public static final int TIOCGDEV = 0x80045432;
    public static final int TIOCSIG = 0x40045436;
    public static final int TIOCVHANGUP = 0x5437;
    public static final int TIOCGPKT = 0x80045438;
    public static final int TIOCGPTLCK = 0x80045439;
    public static final int TIOCGEXCL = 0x80045440;
    public static final int TIOCGPTPEER = 0x5441;
    public static final int TIOCMIWAIT = 0x545c;
    public static final int TIOCGICOUNT = 0x545d;

    // Argument of TIOCPKT mode: the control byte of a packet.
    public static final int TIOCPKT_DATA = 0x0;
    public static final int TIOCPKT_FLUSHREAD = 0x1;
    public static final int TIOCPKT_FLUSHWRITE = 0x2;
    public static final int TIOCPKT_STOP = 0x4;
    public static final int TIOCPKT_START = 0x8;
    public static final int TIOCPKT_NOSTOP = 0x10;
    public static final int TIOCPKT_DOSTOP = 0x20;
    public static final int TIOCPKT_IOCTL = 0x40;

    // Any file.
    public static final int FIONCLEX = 0x5450;
    public static final int FIOCLEX = 0x5451;
    public static final int FIOASYNC = 0x5452;
    public static final int FIOQSIZE = 0x5460;
    public static final int FIBMAP = 0x1;
    public static final int FIGETBSZ = 0x2;
    public static final int FIFREEZE = 0xc0045877;
    public static final int FITHAW = 0xc0045878;
    public static final int FITRIM = 0xc0185879;
    public static final int FICLONE = 0x40049409;
    public static final int FICLONERANGE = 0x4020940d;
    public static final int FIDEDUPERANGE = 0xc0189436;
    public static final int FS_IOC_FIEMAP = 0xc020660b;
    public static final int FS_IOC_GETFLAGS = 0x80086601;
    public static final int FS_IOC_SETFLAGS = 0x40086602;
    public static final int FS_IOC_GETVERSION = 0x80087601;
    public static final int FS_IOC_SETVERSION = 0x40087602;
    public static final int FS_IOC_FSGETXATTR = 0x801c581f;
    public static final int FS_IOC_FSSETXATTR = 0x401c5820;
    public static final int FS_IOC_GETFSLABEL = 0x81009431;
    public static final int FS_IOC_SETFSLABEL = 0x41009432;

    // Block devices.
    public static final int BLKROSET = 0x125d;
    public static final int BLKROGET = 0x125e;
    public static final int BLKRRPART = 0x125f;
    public static final int BLKGETSIZE = 0x1260;
    public static final int BLKFLSBUF = 0x1261;
    public static final int BLKSSZGET = 0x1268;
    public static final int BLKBSZGET = 0x80081270;
    public static final int BLKBSZSET = 0x40081271;
    public static final int BLKGETSIZE64 = 0x80081272;
    public static final int BLKDISCARD = 0x1277;
    public static final int BLKIOMIN = 0x1278;
    public static final int BLKIOOPT = 0x1279;
    public static final int BLKALIGNOFF = 0x127a;
    public static final int BLKPBSZGET = 0x127b;
    public static final int BLKSECDISCARD = 0x127d;
    public static final int BLKROTATIONAL = 0x127e;
    public static final int BLKZEROOUT = 0x127f;

    // Attributes of FS_IOC_GETFLAGS.
    public static final int FS_SECRM_FL = 0x1;
    public static final int FS_UNRM_FL = 0x2;
    public static final int FS_COMPR_FL = 0x4;
    public static final int FS_SYNC_FL = 0x8;
    public static final int FS_IMMUTABLE_FL = 0x10;
    public static final int FS_APPEND_FL = 0x20;
    public static final int FS_NODUMP_FL = 0x40;
    public static final int FS_NOATIME_FL = 0x80;
    public static final int FS_DIRTY_FL = 0x100;
    public static final int FS_COMPRBLK_FL = 0x200;
    public static final int FS_NOCOMP_FL = 0x400;
    public static final int FS_ENCRYPT_FL = 0x800;
    public static final int FS_BTREE_FL = 0x1000;
    public static final int FS_INDEX_FL = 0x1000;
    public static final int FS_IMAGIC_FL = 0x2000;
    public static final int FS_NOTAIL_FL = 0x8000;
    public static final int FS_DIRSYNC_FL = 0x10000;
    public static final int FS_TOPDIR_FL = 0x20000;
    public static final int FS_EXTENT_FL = 0x80000;
    public static final int FS_VERITY_FL = 0x100000;
    public static final int FS_EOFBLOCKS_FL = 0x400000;
    public static final int FS_NOCOW_FL = 0x800000;
    public static final int FS_DAX_FL = 0x2000000;
    public static final int FS_PROJINHERIT_FL = 0x20000000;
    public static final int FS_CASEFOLD_FL = 0x40000000;
    public static final int FS_RESERVED_FL = 0x80000000;

    // Sockets.
    public static final int FIOSETOWN = 0x8901;
    public static final int SIOCSPGRP = 0x8902;
    public static final int FIOGETOWN = 0x8903;
    public static final int SIOCGPGRP = 0x8904;
    public static final int SIOCATMARK = 0x8905;
    public static final int SIOCGSTAMP_OLD = 0x8906;
    public static final int SIOCGSTAMPNS_OLD = 0x8907;
    public static final int SIOCINQ = 0x541b;
    public static final int SIOCOUTQ = 0x5411;
    public static final int SIOCOUTQNSD = 0x894b;
    public static final int SIOCADDRT = 0x890b;
    public static final int SIOCDELRT = 0x890c;

    // Network interfaces.
    public static final int SIOCGIFNAME = 0x8910;
    public static final int SIOCGIFCONF = 0x8912;
    public static final int SIOCGIFFLAGS = 0x8913;
    public static final int SIOCSIFFLAGS = 0x8914;
    public static final int SIOCGIFADDR = 0x8915;
    public static final int SIOCSIFADDR = 0x8916;
    public static final int SIOCGIFDSTADDR = 0x8917;
    public static final int SIOCSIFDSTADDR = 0x8918;
    public static final int SIOCGIFBRDADDR = 0x8919;
    public static final int SIOCSIFBRDADDR = 0x891a;
    public static final int SIOCGIFNETMASK = 0x891b;
    public static final int SIOCSIFNETMASK = 0x891c;
    public static final int SIOCGIFMETRIC = 0x891d;
    public static final int SIOCSIFMETRIC = 0x891e;
    public static final int SIOCGIFMTU = 0x8921;
    public static final int SIOCSIFMTU = 0x8922;
    public static final int SIOCSIFNAME = 0x8923;
    public static final int SIOCSIFHWADDR = 0x8924;
    public static final int SIOCGIFHWADDR = 0x8927;
    public static final int SIOCADDMULTI = 0x8931;
    public static final int SIOCDELMULTI = 0x8932;
    public static final int SIOCGIFINDEX = 0x8933;
    public static final int SIOCSIFPFLAGS = 0x8934;
    public static final int SIOCGIFPFLAGS = 0x8935;
    public static final int SIOCGIFCOUNT = 0x8938;
    public static final int SIOCGIFTXQLEN = 0x8942;
    public static final int SIOCSIFTXQLEN = 0x8943;
    public static final int SIOCETHTOOL = 0x8946;
    public static final int SIOCGIFMAP = 0x8970;
    public static final int SIOCDARP = 0x8953;
    public static final int SIOCGARP = 0x8954;
    public static final int SIOCSARP = 0x8955;

    // random(4).
    public static final int RNDGETENTCNT = 0x80045200;
    public static final int RNDADDTOENTCNT = 0x40045201;
    public static final int RNDADDENTROPY = 0x40085203;
    public static final int RNDZAPENTCNT = 0x5204;
    public static final int RNDCLEARPOOL = 0x5206;
    public static final int RNDRESEEDCRNG = 0x5207;

    // Name spaces.
    public static final int NS_GET_USERNS = 0xb701;
    public static final int NS_GET_PARENT = 0xb702;
    public static final int NS_GET_NSTYPE = 0xb703;
    public static final int NS_GET_OWNER_UID = 0xb704;
    public static final int NS_GET_MNTNS_ID = 0x8008b705;
    public static final int NS_GET_ID = 0x8008b70d;

    // tun(4).
    public static final int TUNSETIFF = 0x400454ca;
    public static final int TUNGETIFF = 0x800454d2;
    public static final int TUNGETFEATURES = 0x800454cf;
    public static final int TUNSETPERSIST = 0x400454cb;
    public static final int TUNSETOWNER = 0x400454cc;
    public static final int TUNSETGROUP = 0x400454ce;
    public static final int TUNSETOFFLOAD = 0x400454d0;

    // The console.
    public static final int KDGKBTYPE = 0x4b33;
    public static final int KDGETMODE = 0x4b3b;
    public static final int KDSETMODE = 0x4b3a;
    public static final int KDGKBMODE = 0x4b44;
    public static final int KDSKBMODE = 0x4b45;
    public static final int VT_GETSTATE = 0x5603;
    public static final int VT_OPENQRY = 0x5600;

    private Ioctls() {}
}
