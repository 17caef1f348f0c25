package dev.moat.keys;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Keys as text: keyctl_describe(3), /proc/keys, /proc/key-users. With the table's lock. */
final class KeyListing {
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long WEEK = 7 * DAY;

    /** What a big key has in memory; more is in a file: BIG_KEY_FILE_THRESHOLD. */
    private static final int MOST_BUFFERED_BYTES = 784;

    private KeyListing() {}

    /** {@code type;uid;gid;rights;description}. */
    static String description(KeyFinder finder, Key key) {
        return String.format(
                Locale.ROOT,
                "%s;%d;%d;%08x;%s",
                key.type().label(),
                finder.seenUid(key.uid()),
                finder.seenGid(key.gid()),
                key.rights(),
                key.description());
    }

    /** Those that the reader possesses or may view: security/keys/proc.c. */
    static String keys(KeyTable table, KeyFinder finder) {
        StringBuilder out = new StringBuilder();
        Set<Key> possessed = finder.collectPossessed();
        for (Key key : table.all()) {
            boolean own = possessed.contains(key);
            if (finder.knows(key.uid())
                    && KeyRights.allow(key, own, finder.who(), KeyRights.VIEW)) {
                out.append(line(table, finder, key));
            }
        }
        return out.toString();
    }

    private static String line(KeyTable table, KeyFinder finder, Key key) {
        return String.format(
                Locale.ROOT,
                "%08x I%s-%s-%s- %5d %4s %08x %5d %5d %-9.9s %s%s\n",
                key.serial(),
                key.isRevoked() ? "R" : "-",
                key.isFree() ? "-" : "Q",
                key.rejection() == null ? "-" : "N",
                key.uses(),
                timeLeft(table, key),
                key.rights(),
                finder.seenUid(key.uid()),
                finder.seenGid(key.gid()),
                key.type().label(),
                key.description(),
                key.rejection() == null ? ": " + content(key) : "");
    }

    private static String content(Key key) {
        if (key.isKeyring()) {
            int size = key.links().size();
            return size == 0 ? "empty" : Integer.toString(size);
        }
        int bytes = key.payload().length;
        return switch (key.type()) {
            case BIG_KEY -> bytes + (bytes > MOST_BUFFERED_BYTES ? " [file]" : " [buff]");
            case KEYRING, USER, LOGON -> Integer.toString(bytes);
        };
    }

    private static String timeLeft(KeyTable table, Key key) {
        if (key.expirySeconds() == 0) {
            return "perm";
        }
        long left = key.expirySeconds() - table.nowSeconds();
        if (left <= 0) {
            return "expd";
        }
        if (left < MINUTE) {
            return left + "s";
        }
        if (left < HOUR) {
            return left / MINUTE + "m";
        }
        if (left < DAY) {
            return left / HOUR + "h";
        }
        return left < WEEK ? left / DAY + "d" : left / WEEK + "w";
    }

    /** Users whom the reader knows; root is always there. */
    static String users(KeyTable table, KeyFinder finder) {
        Map<Integer, Integer> counts = new TreeMap<>(Integer::compareUnsigned);
        counts.put(0, 0);
        for (Key key : table.all()) {
            counts.merge(key.uid(), 1, Integer::sum);
        }
        StringBuilder out = new StringBuilder();
        counts.forEach((uid, count) -> {
            if (finder.knows(uid)) {
                out.append(user(table, finder, uid, count));
            }
        });
        return out.toString();
    }

    private static String user(KeyTable table, KeyFinder finder, int uid, int count) {
        UserKeys counted = table.userOrNull(uid);
        return String.format(
                Locale.ROOT,
                "%5s: %5d %d/%d %d/%d %d/%d\n",
                Integer.toUnsignedString(finder.seenUid(uid)),
                uid == 0 ? count + 1 : count,
                count,
                count,
                counted == null ? 0 : counted.keys(),
                table.mostKeys(uid),
                counted == null ? 0 : counted.bytes(),
                table.mostBytes(uid));
    }
}
