package dev.moat.keys;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.keys.KeyFinder.Found;
import dev.moat.keys.KeyFinder.Missing;
import dev.moat.keys.KeyFinder.State;
import dev.moat.keys.KeyTable.Quota;
import org.jspecify.annotations.Nullable;

/** {@code add_key(2)}, {@code request_key(2)}: security/keys/keyctl.c. */
final class AddKeyCalls {
    private static final int MOST_BYTES = (1 << 20) - 1;

    /** How long a negative key stays: key_negative_timeout, security/keys/request_key.c. */
    private static final int NEGATIVE_SECONDS = 60;

    @Syscall(
            nr = 248,
            name = "add_key",
            support = Support.PARTIAL,
            note = "Types keyring, user, logon and big_key; others give ENODEV.")
    long addKey(
            Task task,
            long typeAddr,
            long descriptionAddr,
            long payloadAddr,
            long payloadBytes,
            int keyring) {
        if (Long.compareUnsigned(payloadBytes, MOST_BYTES) > 0) {
            throw Errno.EINVAL.exception();
        }
        String typeName = KeyText.type(task, typeAddr);
        String description = descriptionAddr == 0 ? "" : KeyText.description(task, descriptionAddr);
        if (typeName.equals(KeyType.KEYRING.label()) && description.startsWith(".")) {
            throw Errno.EPERM.exception();
        }
        byte[] payload =
                payloadBytes == 0
                        ? new byte[0]
                        : task.user().copyIn(payloadAddr, (int) payloadBytes);
        KeyTable table = KeyTable.of(task.sandbox());
        table.lock.lock();
        try {
            KeyFinder finder = new KeyFinder(table, task);
            Found target = finder.find(keyring, Missing.MAKE, State.GOOD, KeyRights.WRITE);
            KeyType type = KeyType.of(typeName).orElseThrow(() -> Errno.ENODEV.exception());
            if (!target.key().isKeyring()) {
                throw Errno.ENOTDIR.exception();
            }
            type.check(description, payload);
            if (description.isEmpty()) {
                throw Errno.EINVAL.exception();
            }
            return add(table, finder, target, new Key.Name(type, description), payload).serial();
        } finally {
            table.lock.unlock();
        }
    }

    /** Updates the key of that name, or makes one in its place: key_create_or_update(). */
    private static Key add(
            KeyTable table, KeyFinder finder, Found target, Key.Name name, byte[] payload) {
        if (target.key().isRestricted()) {
            throw Errno.EPERM.exception();
        }
        Key known = target.key().find(name);
        boolean usable = known != null && !known.isRevoked() && !known.isDead();
        if (known != null && usable && name.type().canBeUpdated()) {
            if (!KeyRights.allow(known, target.possessed(), finder.who(), KeyRights.WRITE)) {
                throw Errno.EACCES.exception();
            }
            known.setPayload(payload);
            return known;
        }
        int rights = KeyRights.ofNew(name.type());
        Key made = table.make(name, finder.who().fsUid(), finder.who().fsGid(), rights, Quota.KEPT);
        made.retainLocked();
        try {
            if (name.type() != KeyType.KEYRING) {
                made.setPayload(payload);
            }
            target.key().link(made);
        } finally {
            // of this call: from here on the keyring has it, or nobody
            made.releaseLocked();
        }
        return made;
    }

    @Syscall(
            nr = 249,
            name = "request_key",
            support = Support.PARTIAL,
            note =
                    "/sbin/request-key is never run: as where there is no such program, a negative key"
                            + " is made (ENOENT, then ENOKEY).")
    long requestKey(Task task, long typeAddr, long descriptionAddr, long calloutAddr, int keyring) {
        String typeName = KeyText.type(task, typeAddr);
        String description = KeyText.description(task, descriptionAddr);
        boolean ask = calloutAddr != 0;
        if (ask) {
            KeyText.description(task, calloutAddr);
        }
        KeyTable table = KeyTable.of(task.sandbox());
        table.lock.lock();
        try {
            KeyFinder finder = new KeyFinder(table, task);
            Key target = keyring == 0 ? null : finder.keyringToWrite(keyring);
            KeyType type = KeyType.of(typeName).orElseThrow(() -> Errno.ENOKEY.exception());
            Key.Name name = new Key.Name(type, description);
            Key found = finder.searchOwn(name);
            if (found == null) {
                return (ask ? reject(table, finder, name, target) : Errno.ENOKEY).negated();
            }
            if (target != null) {
                if (!KeyRights.allow(found, true, finder.who(), KeyRights.LINK)) {
                    throw Errno.EACCES.exception();
                }
                target.link(found);
            }
            return found.serial();
        } finally {
            table.lock.unlock();
        }
    }

    /**
     * There is no program that could make the key: a negative one is left for a while.
     * construct_key_and_link(); EPERM of keyrings, EACCES, EDQUOT, ENOMEM.
     *
     * @return what the program's absence gives
     */
    private static Errno reject(
            KeyTable table, KeyFinder finder, Key.Name name, @Nullable Key target) {
        if (name.type() == KeyType.KEYRING) {
            throw Errno.EPERM.exception();
        }
        Key destination = target == null ? finder.requestDestination() : target;
        name.type().checkDescription(name.description());
        int rights = KeyRights.ofNew(name.type());
        Credentials who = finder.who();
        Key made = table.make(name, who.fsUid(), who.fsGid(), rights, Quota.KEPT);
        made.retainLocked();
        try {
            made.reject(Errno.ENOKEY, NEGATIVE_SECONDS);
            destination.linkAnyhow(made);
        } finally {
            // of this call: from here on the keyring has it, or nobody
            made.releaseLocked();
        }
        return Errno.ENOENT;
    }
}
