package dev.moat.keys;

import java.util.Locale;
import java.util.Set;

/** Keys as text: keyctl_describe(3), /proc/keys, /proc/key-users. With the table's lock. */
final class KeyListing {
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long WEEK = 7 * DAY;

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
            if (KeyRights.allow(key, own, finder.who(), KeyRights.VIEW)) {
                out.append(line(table, finder, key));
            }
        }
        return out.toString();
    }

    private static String line(KeyTable table, KeyFinder finder, Key key) {
        int size = key.isKeyring() ? key.links().size() : key.payload().length;
        String content = key.isKeyring() && size == 0 ? "empty" : Integer.toString(size);
        return String.format(
                Locale.ROOT,
                "%08x I%s-Q--- %5d %4s %08x %5d %5d %-9.9s %s: %s\n",
                key.serial(),
                key.isRevoked() ? "R" : "-",
                key.uses(),
                timeLeft(table, key),
                key.rights(),
                finder.seenUid(key.uid()),
                finder.seenGid(key.gid()),
                key.type().label(),
                key.description(),
                content);
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

    /** Users whom the reader knows. */
    static String users(KeyTable table, KeyFinder finder) {
        StringBuilder out = new StringBuilder();
        for (UserKeys user : table.users()) {
            out.append(
                    String.format(
                            Locale.ROOT,
                            "%5d: %5d %d/%d %d/%d %d/%d\n",
                            finder.seenUid(user.uid()),
                            user.keys() + 1,
                            user.keys(),
                            user.keys(),
                            user.keys(),
                            table.mostKeys(user.uid()),
                            user.bytes(),
                            table.mostBytes(user.uid())));
        }
        return out.toString();
    }
}
