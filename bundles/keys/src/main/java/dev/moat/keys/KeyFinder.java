package dev.moat.keys;

import static dev.moat.abi.KeyConstants.*;

import dev.moat.abi.Errno;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Keyrings;
import dev.moat.api.task.Task;
import dev.moat.keys.KeyTable.Quota;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds keys for one call of a task: security/keys/process_keys.c. With the table's lock. For one
 * call only.
 */
final class KeyFinder {
    /** Whether keyrings that are missing are made. */
    enum Missing {
        MAKE,
        REFUSE
    }

    /** Whether a key that cannot be used any more is found. */
    enum State {
        GOOD,
        /** A negative key, too: KEY_LOOKUP_PARTIAL. */
        PARTIAL,
        ANY
    }

    /**
     * @param possessed whether it is reachable from the task's keyrings
     */
    record Found(Key key, boolean possessed) {}

    static final int NOBODYS_GROUP = -1;

    private final KeyTable table;
    private final Credentials who;
    private final Keyrings own;
    private final Task task;

    KeyFinder(KeyTable table, Task task) {
        this.table = table;
        this.task = task;
        this.who = task.credentials();
        this.own = task.keyrings();
    }

    Credentials who() {
        return who;
    }

    /**
     * The key that {@code id} means: lookup_user_key().
     *
     * @param needed bits of {@link KeyRights}, 0: none are looked at
     * @throws dev.moat.abi.ErrnoException EINVAL, ENOKEY, EACCES, EKEYREVOKED, EKEYEXPIRED
     */
    Found find(int id, Missing missing, State state, int needed) {
        Found found = id < 0 ? special(id, missing) : numbered(id);
        Errno fault =
                switch (state) {
                    case GOOD -> found.key().faultOfUse();
                    case PARTIAL -> found.key().fault();
                    case ANY -> null;
                };
        if (fault != null) {
            throw fault.exception();
        }
        if (!KeyRights.allow(found.key(), found.possessed(), who, needed)) {
            throw Errno.EACCES.exception();
        }
        return found;
    }

    /** As {@link #find}, a keyring to put something into. */
    Key keyringToWrite(int id) {
        Key found = find(id, Missing.MAKE, State.GOOD, KeyRights.WRITE).key();
        if (!found.isKeyring()) {
            throw Errno.ENOTDIR.exception();
        }
        return found;
    }

    private Found numbered(int id) {
        if (id < 1) {
            throw Errno.EINVAL.exception();
        }
        Key key = table.find(id);
        if (key == null) {
            throw Errno.ENOKEY.exception();
        }
        return new Found(key, isPossessed(key));
    }

    /** All keys that the task possesses. */
    Set<Key> collectPossessed() {
        return KeySearch.reachable(who, roots());
    }

    private boolean isPossessed(Key key) {
        KeySearch search = KeySearch.forKey(who, key);
        for (Key root : roots()) {
            if (search.in(root, true) != null) {
                return true;
            }
        }
        return false;
    }

    private Found special(int id, Missing missing) {
        @Nullable Key found =
                switch (id) {
                    case KEY_SPEC_THREAD_KEYRING -> thread(missing);
                    case KEY_SPEC_PROCESS_KEYRING -> process(missing);
                    case KEY_SPEC_SESSION_KEYRING -> session(missing);
                    case KEY_SPEC_USER_KEYRING -> userKeyring();
                    case KEY_SPEC_USER_SESSION_KEYRING -> userSession();
                    case KEY_SPEC_REQKEY_AUTH_KEY, KEY_SPEC_REQUESTOR_KEYRING -> null;
                    default -> throw Errno.EINVAL.exception();
                };
        if (found == null) {
            throw Errno.ENOKEY.exception();
        }
        return new Found(found, true);
    }

    @Nullable Key thread(Missing missing) {
        if (own.thread() == null && (missing == Missing.MAKE || own.expectsThread())) {
            own.setThread(held("_tid", KeyRights.of(KeyRights.ALL, KeyRights.VIEW)));
        }
        return (Key) own.thread();
    }

    @Nullable Key process(Missing missing) {
        if (own.process() == null && missing == Missing.MAKE) {
            own.setProcess(held("_pid", KeyRights.of(KeyRights.ALL, KeyRights.VIEW)));
        }
        return (Key) own.process();
    }

    /** Without one, that of the user becomes it, or if something is made a new one does. */
    private Key session(Missing missing) {
        Key known = (Key) own.session();
        if (known != null) {
            return known;
        }
        if (missing == Missing.MAKE) {
            return joinAnonymous();
        }
        Key shared = userSession();
        shared.retainLocked();
        own.setSession(shared);
        return shared;
    }

    /** join_session_keyring(NULL). */
    Key joinAnonymous() {
        Key made = held("_ses", KeyRights.of(KeyRights.ALL, KeyRights.VIEW | KeyRights.READ));
        own.setSession(made);
        return made;
    }

    /** Joins the session keyring of that name, or makes it: join_session_keyring(). */
    Key join(String name) {
        Key found = null;
        for (Key key : table.all()) {
            boolean usable =
                    key.isKeyring()
                            && key.description().equals(name)
                            && key.fault() == null
                            && !isOfUser(key)
                            && KeyRights.allow(key, false, who, KeyRights.SEARCH);
            found = usable ? key : found;
        }
        if (found == null) {
            int user = KeyRights.VIEW | KeyRights.READ | KeyRights.LINK;
            found = held(name, KeyRights.of(KeyRights.ALL, user));
        } else {
            found.retainLocked();
        }
        own.setSession(found);
        return found;
    }

    private boolean isOfUser(Key key) {
        UserKeys owner = table.userOrNull(key.uid());
        return owner != null && (key == owner.keyring() || key == owner.sessionKeyring());
    }

    /** A new keyring with one use. */
    private Key held(String description, int rights) {
        Key.Name name = new Key.Name(KeyType.KEYRING, description);
        Quota quota = description.startsWith("_") ? Quota.OVERRUN : Quota.KEPT;
        Key made = table.make(name, who.uid(), who.gid(), rights, quota);
        made.retainLocked();
        return made;
    }

    Key userKeyring() {
        UserKeys user = table.userOrNull(who.uid());
        Key known = user == null ? null : user.keyring();
        if (known == null) {
            known = ofUser("_uid.");
            table.user(who.uid()).setKeyring(known);
        }
        return known;
    }

    Key userSession() {
        UserKeys user = table.userOrNull(who.uid());
        Key known = user == null ? null : user.sessionKeyring();
        if (known == null) {
            Key below = userKeyring();
            known = ofUser("_uid_ses.");
            table.user(who.uid()).setSessionKeyring(known);
            known.link(below);
        }
        return known;
    }

    private Key ofUser(String prefix) {
        String description = prefix + Integer.toUnsignedString(who.uid());
        Key.Name name = new Key.Name(KeyType.KEYRING, description);
        int rights = KeyRights.of(KeyRights.ALL & ~KeyRights.SETATTR, KeyRights.ALL);
        Key made = table.make(name, who.uid(), NOBODYS_GROUP, rights, Quota.OVERRUN);
        made.retainLocked();
        return made;
    }

    /** What the task possesses, in the order of the search. */
    private List<Key> roots() {
        List<Key> roots = new ArrayList<>();
        addIf(roots, own.thread());
        addIf(roots, own.process());
        UserKeys user = own.session() == null ? table.userOrNull(who.uid()) : null;
        addIf(roots, user == null ? own.session() : user.sessionKeyring());
        return roots;
    }

    private static void addIf(List<Key> roots, Keyrings.@Nullable Held keyring) {
        if (keyring != null) {
            roots.add((Key) keyring);
        }
    }

    /**
     * A key of that name in the task's keyrings; null if it could be made: EACCES, EKEYREVOKED,
     * ENOKEY of a negative one. search_process_keyrings().
     */
    @Nullable Key searchOwn(Key.Name name) {
        Errno missing = null;
        Errno failure = Errno.EAGAIN;
        for (Key root : roots()) {
            KeySearch search = KeySearch.forName(who, name).skippingExpired();
            Key found = search.in(root, true);
            if (found != null) {
                return found;
            }
            switch (search.failure()) {
                case EAGAIN -> missing = missing == null ? Errno.EAGAIN : missing;
                case ENOKEY -> missing = Errno.ENOKEY;
                default -> failure = search.failure();
            }
        }
        Errno told = missing == null ? failure : missing;
        if (told != Errno.EAGAIN) {
            throw told.exception();
        }
        return null;
    }

    /** Where a key goes that is made on request: construct_get_dest_keyring(), EACCES. */
    Key requestDestination() {
        Key found =
                switch (own.requestDestination()) {
                    case KEY_REQKEY_DEFL_USER_KEYRING -> userKeyring();
                    case KEY_REQKEY_DEFL_USER_SESSION_KEYRING -> userSession();
                    case KEY_REQKEY_DEFL_SESSION_KEYRING -> (Key) own.session();
                    case KEY_REQKEY_DEFL_PROCESS_KEYRING -> first(own.process(), own.session());
                    default -> first(own.thread(), first(own.process(), own.session()));
                };
        Key destination = found == null ? userSession() : found;
        if (!KeyRights.allow(destination, true, who, KeyRights.WRITE)) {
            throw Errno.EACCES.exception();
        }
        return destination;
    }

    private static @Nullable Key first(
            Keyrings.@Nullable Held nearer, Keyrings.@Nullable Held other) {
        return (Key) (nearer == null ? other : nearer);
    }

    /** As the caller's user namespace knows a user. */
    int seenUid(int uid) {
        return task.credentials().space().seenUid(uid);
    }

    /** Whether the caller's user namespace knows it. */
    boolean knows(int uid) {
        return task.credentials().space().findUid(uid) != UserView.NONE;
    }

    int seenGid(int gid) {
        return gid == NOBODYS_GROUP ? UserView.OVERFLOW : task.credentials().space().seenGid(gid);
    }
}
