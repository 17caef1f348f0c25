package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.namespace.UserView;
import java.util.Map;

/**
 * Mount options, mount.fuse(8) as far as the kernel has them.
 *
 * @param device descriptor of {@code /dev/fuse}
 * @param rootMode type of the root
 * @param uid whose processes may use the file system
 * @param checksModes the kernel checks permissions by mode
 * @param openToAll so may those of others
 * @param mostReadBytes of one request
 * @param shown as /proc/mounts shows them
 */
record FuseOptions(
        int device,
        int rootMode,
        int uid,
        int gid,
        boolean checksModes,
        boolean openToAll,
        int mostReadBytes,
        String shown) {

    /** Throws EINVAL for what it does not know, and without one of fd, rootmode and the ids. */
    static FuseOptions parse(Map<String, String> options, UserView users) {
        int fd = -1;
        int rootMode = 0;
        int userId = -1;
        int groupId = -1;
        boolean checks = false;
        boolean open = false;
        int mostRead = Integer.MAX_VALUE;
        for (Map.Entry<String, String> option : options.entrySet()) {
            String value = option.getValue();
            switch (option.getKey()) {
                case "fd" -> fd = number(value, 10);
                case "rootmode" -> rootMode = number(value, 8);
                case "user_id" -> userId = number(value, 10);
                case "group_id" -> groupId = number(value, 10);
                case "max_read" -> mostRead = number(value, 10);
                case "default_permissions" -> checks = flag(value);
                case "allow_other" -> open = flag(value);
                case "subtype" -> {
                    // The name of the server, for people.
                }
                default -> throw Errno.EINVAL.exception();
            }
        }
        int uid = userId < 0 ? UserView.NONE : users.meantUid(userId);
        int gid = groupId < 0 ? UserView.NONE : users.meantGid(groupId);
        if (fd < 0
                || FileMode.directoryEntryType(rootMode) == 0
                || uid == UserView.NONE
                || gid == UserView.NONE) {
            throw Errno.EINVAL.exception();
        }
        String shown = "user_id=" + userId + ",group_id=" + groupId;
        shown += checks ? ",default_permissions" : "";
        shown += open ? ",allow_other" : "";
        shown += mostRead == Integer.MAX_VALUE ? "" : ",max_read=" + mostRead;
        return new FuseOptions(
                fd, rootMode, uid, gid, checks, open, Math.max(4096, mostRead), shown);
    }

    private static boolean flag(String value) {
        if (!value.isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        return true;
    }

    private static int number(String text, int radix) {
        try {
            int value = Integer.parseInt(text, radix);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Refused as one that is out of range is.
        }
        throw Errno.EINVAL.exception();
    }
}
