package dev.moat.keys;

import dev.moat.abi.Errno;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** All keys of a sandbox, and what users may have of them: security/keys/key.c. */
@Stateful
final class KeyTable implements AutoCloseable {
    private static final String PART = "keys.table";
    private static final long NS_PER_SECOND = 1_000_000_000L;

    /** Whatever the settings say, for the sake of the kernel host's memory. */
    private static final int MOST_KEYS = 65_536;

    private static final long MOST_BYTES = 64L << 20;

    /** A key, its places in tables, and its user's. */
    private static final int KEY_BYTES = 512;

    /** Which quota a new key is counted in. */
    enum Quota {
        KEPT,
        /** Counted, but it may go beyond. */
        OVERRUN,
        /** Not counted. */
        NONE
    }

    /** Guards all of it, with all keys. Leaf: nothing is taken while it is held. */
    final ReentrantLock lock = new ReentrantLock();

    private final Sandbox sandbox;
    private final Map<Integer, Key> keys = new TreeMap<>();
    private final Map<Integer, UserKeys> users = new TreeMap<>();
    private final Map<KeySetting, Integer> settings = new ConcurrentHashMap<>();
    private long allBytes;

    /** What has the persistent keyrings of users: persistent-keyring(7). Null: not made yet. */
    private @Nullable Key persistentRegister;

    /** Null: an earlier revision made the table. */
    private final @Nullable HeapCharge heap;

    private KeyTable(Sandbox sandbox) {
        this.sandbox = sandbox;
        this.heap = HeapCharge.of(sandbox.memory().heap(), HeapUse.KEYS);
    }

    static KeyTable of(Sandbox sandbox) {
        return (KeyTable) sandbox.part(PART, () -> new KeyTable(sandbox));
    }

    int setting(KeySetting setting) {
        return settings.getOrDefault(setting, setting.first());
    }

    void set(KeySetting setting, int value) {
        settings.put(setting, value);
    }

    long nowSeconds() {
        return sandbox.clock().realtimeNs() / NS_PER_SECOND;
    }

    @Nullable Key find(int serial) {
        return keys.get(serial);
    }

    Collection<Key> all() {
        return keys.values();
    }

    List<Key> collectKeyrings() {
        List<Key> found = new ArrayList<>();
        for (Key key : keys.values()) {
            if (key.isKeyring()) {
                found.add(key);
            }
        }
        return found;
    }

    @Nullable UserKeys userOrNull(int uid) {
        return users.get(uid);
    }

    UserKeys user(int uid) {
        return users.computeIfAbsent(uid, UserKeys::new);
    }

    Key persistentRegister() {
        Key known = persistentRegister;
        if (known == null) {
            Key.Name name = new Key.Name(KeyType.KEYRING, ".persistent_register");
            known = make(name, 0, 0, KeyRights.OF_PERSISTENT, Quota.NONE);
            known.retainLocked();
            persistentRegister = known;
        }
        return known;
    }

    /** A new key without uses: EDQUOT, ENOMEM. */
    Key make(Key.Name name, int uid, int gid, int rights, Quota quota) {
        if (isFull(uid, name)) {
            purge();
        }
        UserKeys owner = user(uid);
        long bytes = name.description().length() + 1L;
        if (isFull(uid, name) && quota == Quota.KEPT || keys.size() >= MOST_KEYS) {
            forgetIfUnused(owner);
            throw Errno.EDQUOT.exception();
        }
        if (!HeapCharge.tryGrow(heap, KEY_BYTES + bytes)) {
            forgetIfUnused(owner);
            throw Errno.ENOMEM.exception();
        }
        Key key = new Key(this, newSerial(), name, uid, gid, rights);
        keys.put(key.serial(), key);
        if (quota == Quota.NONE) {
            key.makeFree();
            forgetIfUnused(owner);
        } else {
            owner.add(1, 0);
        }
        key.noteHeld(KEY_BYTES + bytes);
        count(key, bytes);
        return key;
    }

    private boolean isFull(int uid, Key.Name name) {
        UserKeys owner = user(uid);
        return owner.keys() + 1 > mostKeys(uid)
                || owner.bytes() + name.description().length() + 1 > mostBytes(uid);
    }

    /** Takes what has been over for long out of its keyrings. */
    private void purge() {
        for (Key keyring : collectKeyrings()) {
            for (Key key : keyring.links().toArray(Key[]::new)) {
                if (key.isOver()) {
                    keyring.unlink(key);
                }
            }
        }
    }

    /** Serials cannot be guessed: key_alloc_serial(). */
    private int newSerial() {
        SecureRandom random = new SecureRandom();
        while (true) {
            int serial = random.nextInt() >>> 1 & Integer.MAX_VALUE;
            if (serial >= 3 && !keys.containsKey(serial)) {
                return serial;
            }
        }
    }

    /**
     * More bytes of a key's owner, or fewer: EDQUOT, ENOMEM. key_payload_reserve().
     *
     * @param heldBytes what the kernel host's heap has for them
     */
    void charge(Key key, long bytes, long heldBytes) {
        if (bytes > 0) {
            boolean beyond =
                    !key.isFree() && user(key.uid()).bytes() + bytes > mostBytes(key.uid());
            if (beyond || allBytes + bytes > MOST_BYTES) {
                throw Errno.EDQUOT.exception();
            }
        }
        hold(key, heldBytes);
        count(key, bytes);
    }

    private void hold(Key key, long bytes) {
        if (key.isDead()) {
            return;
        }
        if (bytes > 0) {
            if (!HeapCharge.tryGrow(heap, bytes)) {
                throw Errno.ENOMEM.exception();
            }
            key.noteHeld(bytes);
        } else {
            // What an earlier revision made counts nothing.
            long less = Math.min(-bytes, key.heldBytes());
            HeapCharge.shrink(heap, less);
            key.noteHeld(-less);
        }
    }

    private void count(Key key, long bytes) {
        if (!key.isDead()) {
            key.noteCharged(bytes);
            if (!key.isFree()) {
                user(key.uid()).add(0, bytes);
            }
            allBytes += bytes;
        }
    }

    /** Another owner pays from here on: EDQUOT. */
    void giveTo(Key key, int uid, int gid) {
        if (uid != key.uid() && !key.isFree()) {
            UserKeys next = user(uid);
            boolean full =
                    next.keys() + 1 > mostKeys(uid)
                            || next.bytes() + key.chargedBytes() > mostBytes(uid);
            if (full) {
                forgetIfUnused(next);
                throw Errno.EDQUOT.exception();
            }
            UserKeys former = user(key.uid());
            former.add(-1, -key.chargedBytes());
            next.add(1, key.chargedBytes());
            forgetIfUnused(former);
        }
        key.setOwner(uid, gid);
    }

    /** A key goes: it is found no more, and its owner does not pay. Once. */
    void forget(Key key) {
        if (keys.remove(key.serial()) != null) {
            UserKeys owner = user(key.uid());
            if (!key.isFree()) {
                owner.add(-1, -key.chargedBytes());
            }
            allBytes -= key.chargedBytes();
            HeapCharge.shrink(heap, key.heldBytes());
            key.noteHeld(-key.heldBytes());
            forgetIfUnused(owner);
        }
    }

    private void forgetIfUnused(UserKeys user) {
        if (user.isForgettable()) {
            users.remove(user.uid());
        }
    }

    int mostKeys(int uid) {
        return setting(uid == 0 ? KeySetting.ROOT_MAX_KEYS : KeySetting.MAX_KEYS);
    }

    int mostBytes(int uid) {
        return setting(uid == 0 ? KeySetting.ROOT_MAX_BYTES : KeySetting.MAX_BYTES);
    }

    @Override
    public void close() {
        if (heap != null) {
            heap.clear();
        }
    }
}
