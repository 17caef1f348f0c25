package dev.moat.keys;

import static dev.moat.abi.KeyConstants.*;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.keys.KeyFinder.Found;
import dev.moat.keys.KeyFinder.Missing;
import dev.moat.keys.KeyFinder.State;

/** What keyctl(2) does with keyrings. With the table's lock. */
final class KeyringWork {
    private KeyringWork() {}

    static long clear(KeyFinder finder, int keyring) {
        finder.keyringToWrite(keyring).clear();
        return 0;
    }

    static long link(KeyFinder finder, int id, int keyring) {
        Found target = finder.find(keyring, Missing.MAKE, State.GOOD, KeyRights.WRITE);
        Key key = finder.find(id, Missing.MAKE, State.GOOD, KeyRights.LINK).key();
        requireKeyring(target.key()).link(key);
        return 0;
    }

    static long unlink(KeyFinder finder, int id, int keyring) {
        Found source = finder.find(keyring, Missing.REFUSE, State.GOOD, KeyRights.WRITE);
        Key key = finder.find(id, Missing.REFUSE, State.ANY, 0).key();
        if (!requireKeyring(source.key()).unlink(key)) {
            throw Errno.ENOENT.exception();
        }
        return 0;
    }

    static long move(KeyFinder finder, int id, int from, int to, int flags) {
        if ((flags & ~KEYCTL_MOVE_EXCL) != 0) {
            throw Errno.EINVAL.exception();
        }
        Key key = finder.find(id, Missing.MAKE, State.GOOD, KeyRights.LINK).key();
        Key source = finder.find(from, Missing.REFUSE, State.GOOD, KeyRights.WRITE).key();
        Key target = finder.find(to, Missing.MAKE, State.GOOD, KeyRights.WRITE).key();
        if (source == target) {
            return 0;
        }
        requireKeyring(source);
        requireKeyring(target);
        if (source.find(key.name()) != key) {
            throw Errno.ENOENT.exception();
        }
        Key former = target.find(key.name());
        if (former != null && (flags & KEYCTL_MOVE_EXCL) != 0) {
            throw Errno.EEXIST.exception();
        }
        target.link(key);
        source.unlink(key);
        return 0;
    }

    static long search(
            KeyFinder finder, int keyring, String typeName, String description, int destination) {
        Found where = finder.find(keyring, Missing.REFUSE, State.GOOD, KeyRights.SEARCH);
        Key target = destination == 0 ? null : finder.keyringToWrite(destination);
        KeyType type = KeyType.of(typeName).orElseThrow(() -> Errno.ENOKEY.exception());
        requireKeyring(where.key());
        KeySearch search = KeySearch.forName(finder.who(), new Key.Name(type, description));
        Key found = search.in(where.key(), where.possessed());
        if (found == null) {
            Errno failure = search.failure();
            throw (failure == Errno.EAGAIN ? Errno.ENOKEY : failure).exception();
        }
        if (target != null) {
            if (!KeyRights.allow(found, where.possessed(), finder.who(), KeyRights.LINK)) {
                throw Errno.EACCES.exception();
            }
            target.link(found);
        }
        return found.serial();
    }

    /** Gives the former destination: keyctl_set_reqkey_keyring(). */
    static long setDestination(KeyFinder finder, Task task, int destination) {
        int former = task.keyrings().requestDestination();
        switch (destination) {
            case KEY_REQKEY_DEFL_NO_CHANGE -> {
                return former;
            }
            case KEY_REQKEY_DEFL_THREAD_KEYRING -> finder.thread(Missing.MAKE);
            case KEY_REQKEY_DEFL_PROCESS_KEYRING -> finder.process(Missing.MAKE);
            case KEY_REQKEY_DEFL_DEFAULT,
                    KEY_REQKEY_DEFL_SESSION_KEYRING,
                    KEY_REQKEY_DEFL_USER_KEYRING,
                    KEY_REQKEY_DEFL_USER_SESSION_KEYRING,
                    KEY_REQKEY_DEFL_REQUESTOR_KEYRING -> {}
            default -> throw Errno.EINVAL.exception();
        }
        task.keyrings().setRequestDestination(destination);
        return former;
    }

    /** No type of keys has restrictions of its own: keyring_restrict(), ENOKEY, ENOENT, EEXIST. */
    static long restrict(KeyFinder finder, int keyring, String typeName) {
        Key key = finder.find(keyring, Missing.REFUSE, State.GOOD, KeyRights.SETATTR).key();
        requireKeyring(key);
        if (!typeName.isEmpty()) {
            Errno known = KeyType.of(typeName).isPresent() ? Errno.ENOENT : Errno.ENOKEY;
            throw known.exception();
        }
        key.restrict();
        return 0;
    }

    private static Key requireKeyring(Key key) {
        if (!key.isKeyring()) {
            throw Errno.ENOTDIR.exception();
        }
        return key;
    }
}
