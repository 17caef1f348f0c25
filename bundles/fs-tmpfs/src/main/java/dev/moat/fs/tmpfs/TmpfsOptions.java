package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.DiskQuotas.Kind;
import dev.moat.api.vfs.FilesystemComplaint;
import dev.moat.api.vfs.OptionKind;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Mount options, tmpfs(5).
 *
 * @param pages limit of pages; Long.MAX_VALUE for none
 * @param inodes limit of inodes; Long.MAX_VALUE for none
 * @param mode permissions of the root
 * @param quotas what is counted by owner
 * @param shown options as /proc/mounts shows them
 */
record TmpfsOptions(
        long pages, long inodes, int mode, int uid, int gid, QuotaOptions quotas, String shown) {
    /** Taken where the sandbox has no memory limit to take half of. */
    private static final long DEFAULT_BYTES = 64L << 30;

    /** Permissions of the root of a ramfs. */
    private static final int RAMFS_MODE = 0755;

    static final Map<String, OptionKind> KINDS =
            Map.ofEntries(
                    Map.entry("size", OptionKind.SIZE),
                    Map.entry("nr_blocks", OptionKind.SIZE),
                    Map.entry("nr_inodes", OptionKind.SIZE),
                    Map.entry("mode", OptionKind.OCTAL),
                    Map.entry("uid", OptionKind.NUMBER),
                    Map.entry("gid", OptionKind.NUMBER),
                    Map.entry("huge", OptionKind.TEXT),
                    Map.entry("mpol", OptionKind.TEXT),
                    Map.entry("inode32", OptionKind.FLAG),
                    Map.entry("inode64", OptionKind.FLAG),
                    Map.entry("noswap", OptionKind.FLAG),
                    Map.entry("quota", OptionKind.FLAG),
                    Map.entry("usrquota", OptionKind.FLAG),
                    Map.entry("grpquota", OptionKind.FLAG),
                    Map.entry("usrquota_block_hardlimit", OptionKind.SIZE),
                    Map.entry("usrquota_inode_hardlimit", OptionKind.SIZE),
                    Map.entry("grpquota_block_hardlimit", OptionKind.SIZE),
                    Map.entry("grpquota_inode_hardlimit", OptionKind.SIZE));

    /** What was written before there were quotas has none. */
    TmpfsOptions {
        quotas = Objects.requireNonNullElse(quotas, QuotaOptions.NONE);
    }

    /** Throws EINVAL for options or values it does not know. */
    static TmpfsOptions parse(Map<String, String> options, long memoryBytes) {
        long half = memoryBytes == Long.MAX_VALUE ? DEFAULT_BYTES : memoryBytes / 2;
        long pages = toPages(half);
        long inodes = pages;
        int mode = 01777;
        int uid = 0;
        int gid = 0;
        StringBuilder shown = new StringBuilder();
        for (Map.Entry<String, String> option : options.entrySet()) {
            String value = option.getValue();
            switch (option.getKey()) {
                case "size" -> {
                    pages = toPages(size(value, half * 2));
                    append(shown, "size=" + pages * 4 + "k");
                }
                case "nr_blocks" -> {
                    pages = unlimited(size(value, 0));
                    append(shown, "size=" + pages * 4 + "k");
                }
                case "nr_inodes" -> {
                    inodes = unlimited(size(value, 0));
                    append(shown, "nr_inodes=" + value);
                }
                case "mode" -> {
                    mode = (int) number(value, 8) & 07777;
                    append(shown, "mode=" + value);
                }
                case "uid" -> {
                    uid = (int) number(value, 10);
                    append(shown, "uid=" + value);
                }
                case "gid" -> {
                    gid = (int) number(value, 10);
                    append(shown, "gid=" + value);
                }
                // Hints on memory that make no difference here, and the width of inode numbers.
                case "huge", "mpol", "inode32", "inode64", "noswap" ->
                        append(shown, option.getKey());
                case "quota",
                        "usrquota",
                        "grpquota",
                        "usrquota_block_hardlimit",
                        "usrquota_inode_hardlimit",
                        "grpquota_block_hardlimit",
                        "grpquota_inode_hardlimit" -> {}
                default -> throw Errno.EINVAL.exception();
            }
        }
        QuotaOptions quotas = quotas(options);
        String quotasShown = quotas.shown();
        shown.append(
                shown.isEmpty() && !quotasShown.isEmpty() ? quotasShown.substring(1) : quotasShown);
        return new TmpfsOptions(pages, inodes, mode, uid, gid, quotas, shown.toString());
    }

    /** Of a ramfs: it has no limits, and ignores what it does not know. EINVAL for a bad mode. */
    static TmpfsOptions ofRamfs(Map<String, String> options) {
        String given = options.get("mode");
        int mode = given == null ? RAMFS_MODE : (int) number(given, 8) & 07777;
        String shown = mode == RAMFS_MODE ? "" : "mode=" + Integer.toOctalString(mode);
        return new TmpfsOptions(
                Long.MAX_VALUE, Long.MAX_VALUE, mode, 0, 0, QuotaOptions.NONE, shown);
    }

    /** What is said of quotas; a limit of zero is a bad value: EINVAL. */
    static QuotaOptions quotas(Map<String, String> options) {
        QuotaOptions quotas = QuotaOptions.NONE;
        for (Map.Entry<String, String> option : options.entrySet()) {
            String value = option.getValue();
            quotas =
                    switch (option.getKey()) {
                        case "quota" -> quotas.counting(true, true);
                        case "usrquota" -> quotas.counting(true, false);
                        case "grpquota" -> quotas.counting(false, true);
                        case "usrquota_block_hardlimit" ->
                                quotas.withSpace(Kind.USER, hardLimit(value));
                        case "usrquota_inode_hardlimit" ->
                                quotas.withInodes(Kind.USER, hardLimit(value));
                        case "grpquota_block_hardlimit" ->
                                quotas.withSpace(Kind.GROUP, hardLimit(value));
                        case "grpquota_inode_hardlimit" ->
                                quotas.withInodes(Kind.GROUP, hardLimit(value));
                        default -> quotas;
                    };
        }
        return quotas;
    }

    private static long hardLimit(String value) {
        long limit = value.endsWith("%") ? 0 : size(value, 0);
        if (limit == 0) {
            throw Errno.EINVAL.exception();
        }
        return limit;
    }

    /**
     * With the owners that {@code mounter} means; {@code given} are the options that there were.
     */
    TmpfsOptions of(Credentials mounter, Set<String> given) {
        UserView space = mounter.space();
        int owner = given.contains("uid") ? space.meantUid(uid) : mounter.fsUid();
        int group = given.contains("gid") ? space.meantGid(gid) : mounter.fsGid();
        if (owner == UserView.NONE || group == UserView.NONE) {
            throw Errno.EINVAL.exception();
        }
        if (quotas.isOn() && space.level() > 0) {
            throw new FilesystemComplaint("Quotas in unprivileged tmpfs mounts are unsupported");
        }
        return new TmpfsOptions(pages, inodes, mode, owner, group, quotas, shown);
    }

    /**
     * With other limits.
     *
     * @param changed options of mount(2), see {@link #parse}
     */
    TmpfsOptions with(Map<String, String> changed, long memoryBytes) {
        TmpfsOptions limits = parse(changed, memoryBytes);
        boolean ofPages = changed.containsKey("size") || changed.containsKey("nr_blocks");
        boolean ofInodes = changed.containsKey("nr_inodes");
        StringBuilder text = new StringBuilder();
        for (String option : shown.split(",")) {
            boolean replaced =
                    ofPages && option.startsWith("size=")
                            || ofInodes && option.startsWith("nr_inodes=");
            if (!replaced && !option.isEmpty()) {
                append(text, option);
            }
        }
        for (String option : limits.shown.split(",")) {
            if (option.startsWith("size=") || option.startsWith("nr_inodes=")) {
                append(text, option);
            }
        }
        return new TmpfsOptions(
                ofPages ? limits.pages : pages,
                ofInodes ? limits.inodes : inodes,
                mode,
                uid,
                gid,
                quotas,
                text.toString());
    }

    private static void append(StringBuilder shown, String text) {
        shown.append(shown.isEmpty() ? "" : ",").append(text);
    }

    private static long toPages(long bytes) {
        return unlimited(
                bytes / MemoryFlags.PAGE_SIZE + (bytes % MemoryFlags.PAGE_SIZE == 0 ? 0 : 1));
    }

    /** Zero stands for no limit. */
    private static long unlimited(long value) {
        return value == 0 ? Long.MAX_VALUE : value;
    }

    /** memparse(): a number with k, m, g, t or, of {@code whole}, %. */
    static long size(String text, long whole) {
        if (text.isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        char unit = Character.toLowerCase(text.charAt(text.length() - 1));
        int shift =
                switch (unit) {
                    case 'k' -> 10;
                    case 'm' -> 20;
                    case 'g' -> 30;
                    case 't' -> 40;
                    default -> 0;
                };
        if (unit == '%') {
            return part(whole, number(text.substring(0, text.length() - 1), 10));
        }
        String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
        long value = number(digits, 10);
        if (value > Long.MAX_VALUE >> shift) {
            throw Errno.EINVAL.exception();
        }
        return value << shift;
    }

    /** So many hundredths, or the largest number. */
    private static long part(long whole, long percent) {
        long product = whole * percent;
        boolean tooLarge = Math.unsignedMultiplyHigh(whole, percent) != 0;
        return tooLarge ? Long.MAX_VALUE : Long.divideUnsigned(product, 100);
    }

    static long number(String text, int radix) {
        try {
            long value = Long.parseLong(text, radix);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Not a number: refused as one that is out of range is.
        }
        throw Errno.EINVAL.exception();
    }
}
