package dev.moat.keys;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import dev.moat.keys.KeyTable.Quota;
import org.jspecify.annotations.Nullable;

/**
 * The keyring of a user that stays without sessions until it was not asked for during a time:
 * persistent-keyring(7), security/keys/persistent.c. With the table's lock.
 */
final class PersistentKeyring {
    private PersistentKeyring() {}

    /** Links it into a keyring: EINVAL, EPERM, and what finding that keyring gives. */
    static long give(KeyTable table, KeyFinder finder, int user, int destination) {
        Credentials who = finder.who();
        int uid = user == -1 ? who.uid() : who.space().meantUid(user);
        if (user != -1) {
            if (uid == UserView.NONE) {
                throw Errno.EINVAL.exception();
            }
            boolean own = uid == who.uid() || uid == who.effectiveUid();
            if (!own && !who.has(Capabilities.CAP_SETUID)) {
                throw Errno.EPERM.exception();
            }
        }
        Key target = finder.keyringToWrite(destination);
        Key persistent = ofUser(table, uid);
        if (!KeyRights.allow(persistent, true, who, KeyRights.LINK)) {
            throw Errno.EACCES.exception();
        }
        target.link(persistent);
        long seconds = table.setting(KeySetting.PERSISTENT_EXPIRY);
        persistent.setExpirySeconds(seconds == 0 ? 0 : table.nowSeconds() + seconds);
        return persistent.serial();
    }

    private static Key ofUser(KeyTable table, int uid) {
        Key register = table.persistentRegister();
        Key.Name name =
                new Key.Name(KeyType.KEYRING, "_persistent." + Integer.toUnsignedString(uid));
        @Nullable Key known = register.find(name);
        if (known != null && !known.isOver() && !known.isRevoked() && !known.isDead()) {
            return known;
        }
        Key made =
                table.make(name, uid, KeyFinder.NOBODYS_GROUP, KeyRights.OF_PERSISTENT, Quota.NONE);
        made.retainLocked();
        try {
            register.link(made);
        } finally {
            // of this call: from here on the register has it, or nobody
            made.releaseLocked();
        }
        return made;
    }
}
