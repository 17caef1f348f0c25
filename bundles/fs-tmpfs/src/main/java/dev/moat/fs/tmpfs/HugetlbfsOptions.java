package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.OptionKind;
import java.util.Map;
import java.util.Set;

/**
 * Mount options of hugetlbfs: Documentation/admin-guide/mm/hugetlbpage.rst.
 *
 * @param mostPages {@code size=} in huge pages
 * @param leastPages {@code min_size=} in huge pages
 * @param inodes limit of inodes; Long.MAX_VALUE for none
 */
record HugetlbfsOptions(long mostPages, long leastPages, long inodes, int mode, int uid, int gid) {
    private static final int DEFAULT_MODE = 0755;
    private static final int MODE_BITS = 01777;

    static final Map<String, OptionKind> KINDS =
            Map.of(
                    "size", OptionKind.SIZE,
                    "min_size", OptionKind.SIZE,
                    "nr_inodes", OptionKind.SIZE,
                    "pagesize", OptionKind.SIZE,
                    "mode", OptionKind.OCTAL,
                    "uid", OptionKind.NUMBER,
                    "gid", OptionKind.NUMBER);

    /**
     * Throws EINVAL for options or values it does not know, and for another size of pages.
     *
     * @param poolPages those of the pool, which percents are of
     */
    static HugetlbfsOptions parse(Map<String, String> options, long poolPages) {
        long whole = poolPages * HugePagePool.PAGE_BYTES;
        long most = HugePagePool.UNLIMITED;
        long least = HugePagePool.UNLIMITED;
        long inodes = Long.MAX_VALUE;
        int mode = DEFAULT_MODE;
        int uid = 0;
        int gid = 0;
        for (Map.Entry<String, String> option : options.entrySet()) {
            String value = option.getValue();
            switch (option.getKey()) {
                case "size" -> most = pages(value, whole);
                case "min_size" -> least = pages(value, whole);
                case "nr_inodes" -> inodes = TmpfsOptions.size(value, 0);
                case "pagesize" -> {
                    if (TmpfsOptions.size(value, 0) != HugePagePool.PAGE_BYTES) {
                        throw Errno.EINVAL.exception();
                    }
                }
                case "mode" -> mode = (int) TmpfsOptions.number(value, 8) & MODE_BITS;
                case "uid" -> uid = (int) TmpfsOptions.number(value, 10);
                case "gid" -> gid = (int) TmpfsOptions.number(value, 10);
                default -> throw Errno.EINVAL.exception();
            }
        }
        if (most != HugePagePool.UNLIMITED && least > most) {
            throw Errno.EINVAL.exception();
        }
        return new HugetlbfsOptions(most, least, inodes, mode, uid, gid);
    }

    private static long pages(String value, long whole) {
        return TmpfsOptions.size(value, whole) >>> HugePagePool.PAGE_SHIFT;
    }

    /**
     * With the owners that {@code mounter} means; {@code given} are the options that there were.
     */
    HugetlbfsOptions of(Credentials mounter, Set<String> given) {
        UserView space = mounter.space();
        int owner = given.contains("uid") ? space.meantUid(uid) : mounter.fsUid();
        int group = given.contains("gid") ? space.meantGid(gid) : mounter.fsGid();
        if (owner == UserView.NONE || group == UserView.NONE) {
            throw Errno.EINVAL.exception();
        }
        return new HugetlbfsOptions(mostPages, leastPages, inodes, mode, owner, group);
    }

    /** The same for the tmpfs beneath: pages are the pool's. */
    TmpfsOptions ofTmpfs() {
        return new TmpfsOptions(Long.MAX_VALUE, inodes, mode, uid, gid, QuotaOptions.NONE, shown());
    }

    /** hugetlbfs_show_options(). */
    private String shown() {
        StringBuilder out = new StringBuilder();
        append(out, uid != 0, "uid=" + Integer.toUnsignedString(uid));
        append(out, gid != 0, "gid=" + Integer.toUnsignedString(gid));
        append(out, mode != DEFAULT_MODE, "mode=" + Integer.toOctalString(mode));
        append(out, inodes != Long.MAX_VALUE, "nr_inodes=" + inodes);
        append(out, true, "pagesize=" + (HugePagePool.PAGE_BYTES >>> 20) + "M");
        append(
                out,
                mostPages != HugePagePool.UNLIMITED,
                "size=" + (mostPages << HugePagePool.PAGE_SHIFT));
        append(
                out,
                leastPages != HugePagePool.UNLIMITED,
                "min_size=" + (leastPages << HugePagePool.PAGE_SHIFT));
        return out.toString();
    }

    private static void append(StringBuilder out, boolean wanted, String option) {
        if (wanted) {
            out.append(out.isEmpty() ? "" : ",").append(option);
        }
    }
}
