package dev.moat.keys;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.keys.KeyFinder.Found;
import dev.moat.keys.KeyFinder.Missing;
import dev.moat.keys.KeyFinder.State;

/** {@code add_key(2)}, {@code request_key(2)}: security/keys/keyctl.c. */
final class AddKeyCalls {
    private static final int MOST_BYTES = (1 << 20) - 1;

    @Syscall(
            nr = 248,
            name = "add_key",
            support = Support.PARTIAL,
            note = "Types keyring, user and logon; others give ENODEV.")
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
        Key made = table.make(name, finder.who().fsUid(), finder.who().fsGid(), rights, false);
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
            note = "No program is asked for a key that is not there (/sbin/request-key): ENOKEY.")
    long requestKey(Task task, long typeAddr, long descriptionAddr, long calloutAddr, int keyring) {
        String typeName = KeyText.type(task, typeAddr);
        String description = KeyText.description(task, descriptionAddr);
        if (calloutAddr != 0) {
            KeyText.description(task, calloutAddr);
        }
        KeyTable table = KeyTable.of(task.sandbox());
        table.lock.lock();
        try {
            KeyFinder finder = new KeyFinder(table, task);
            Key target = keyring == 0 ? null : finder.keyringToWrite(keyring);
            KeyType type = KeyType.of(typeName).orElseThrow(() -> Errno.ENOKEY.exception());
            Key found = finder.searchOwn(new Key.Name(type, description));
            if (target != null) {
                target.link(found);
            }
            return found.serial();
        } finally {
            table.lock.unlock();
        }
    }
}
