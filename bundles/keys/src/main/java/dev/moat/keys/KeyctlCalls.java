package dev.moat.keys;

import static dev.moat.abi.KeyConstants.*;

import dev.moat.abi.Errno;
import dev.moat.abi.Limits;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.keys.KeyFinder.Missing;
import dev.moat.keys.KeyFinder.State;
import java.nio.charset.StandardCharsets;

/** {@code keyctl(2)}: decodes; what it does is in {@link KeyringWork} and {@link KeyWork}. */
final class KeyctlCalls {
    private static final int PAGE_BYTES = 4096;
    private static final byte[] CAPABILITIES = {
        (byte)
                (KEYCTL_CAPS0_CAPABILITIES
                        | KEYCTL_CAPS0_PERSISTENT_KEYRINGS
                        | KEYCTL_CAPS0_BIG_KEY
                        | KEYCTL_CAPS0_INVALIDATE
                        | KEYCTL_CAPS0_RESTRICT_KEYRING
                        | KEYCTL_CAPS0_MOVE),
        0
    };

    @Syscall(
            nr = 250,
            name = "keyctl",
            support = Support.PARTIAL,
            note =
                    "EOPNOTSUPP, as of a kernel built without them: KEYCTL_WATCH_KEY, DH_COMPUTE,"
                            + " PKEY_*. Nobody is asked to make keys, so nobody may: EPERM of"
                            + " INSTANTIATE, NEGATE, REJECT.")
    long keyctl(Task task, int option, long arg2, long arg3, long arg4, long arg5) {
        return switch (option) {
            case KEYCTL_DESCRIBE -> describe(task, (int) arg2, arg3, arg4);
            case KEYCTL_READ -> read(task, (int) arg2, arg3, arg4);
            case KEYCTL_GET_SECURITY -> security(task, (int) arg2, arg3, arg4);
            case KEYCTL_CAPABILITIES -> capabilities(task, arg2, arg3);
            case KEYCTL_UPDATE -> update(task, (int) arg2, arg3, arg4);
            case KEYCTL_SEARCH -> search(task, (int) arg2, arg3, arg4, (int) arg5);
            case KEYCTL_JOIN_SESSION_KEYRING -> join(task, arg2);
            case KEYCTL_RESTRICT_KEYRING -> restrict(task, (int) arg2, arg3, arg4);
            case KEYCTL_INSTANTIATE -> MakingOfKeys.instantiate(arg4);
            case KEYCTL_INSTANTIATE_IOV -> MakingOfKeys.instantiate(task, arg3, arg4);
            case KEYCTL_NEGATE -> MakingOfKeys.negate();
            case KEYCTL_REJECT -> MakingOfKeys.reject((int) arg4);
            case KEYCTL_ASSUME_AUTHORITY -> assumeAuthority((int) arg2);
            default -> withoutMemory(task, option, (int) arg2, (int) arg3, (int) arg4, (int) arg5);
        };
    }

    private static long withoutMemory(
            Task task, int option, int first, int second, int third, int fourth) {
        KeyTable table = KeyTable.of(task.sandbox());
        table.lock.lock();
        try {
            KeyFinder finder = new KeyFinder(table, task);
            return switch (option) {
                case KEYCTL_GET_KEYRING_ID -> {
                    Missing missing = second == 0 ? Missing.REFUSE : Missing.MAKE;
                    yield finder.find(first, missing, State.GOOD, KeyRights.SEARCH).key().serial();
                }
                case KEYCTL_CLEAR -> KeyringWork.clear(finder, first);
                case KEYCTL_LINK -> KeyringWork.link(finder, first, second);
                case KEYCTL_UNLINK -> KeyringWork.unlink(finder, first, second);
                case KEYCTL_MOVE -> KeyringWork.move(finder, first, second, third, fourth);
                case KEYCTL_SET_REQKEY_KEYRING -> KeyringWork.setDestination(finder, task, first);
                case KEYCTL_SESSION_TO_PARENT -> ParentSession.give(finder, task);
                case KEYCTL_GET_PERSISTENT -> PersistentKeyring.give(table, finder, first, second);
                case KEYCTL_REVOKE -> KeyWork.revoke(finder, first);
                case KEYCTL_INVALIDATE -> KeyWork.invalidate(finder, first);
                case KEYCTL_CHOWN -> KeyWork.chown(table, finder, first, second, third);
                case KEYCTL_SETPERM -> KeyWork.setRights(finder, first, second);
                case KEYCTL_SET_TIMEOUT -> KeyWork.setTimeout(table, finder, first, second);
                default -> Errno.EOPNOTSUPP.negated();
            };
        } finally {
            table.lock.unlock();
        }
    }

    private static long describe(Task task, int id, long userAddr, long bytes) {
        KeyTable table = KeyTable.of(task.sandbox());
        String text;
        table.lock.lock();
        try {
            KeyFinder finder = new KeyFinder(table, task);
            Key key = finder.find(id, Missing.REFUSE, State.PARTIAL, KeyRights.VIEW).key();
            text = KeyListing.description(finder, key) + "\0";
        } finally {
            table.lock.unlock();
        }
        return give(task, text.getBytes(StandardCharsets.ISO_8859_1), userAddr, bytes);
    }

    private static long read(Task task, int id, long userAddr, long bytes) {
        KeyTable table = KeyTable.of(task.sandbox());
        byte[] content;
        table.lock.lock();
        try {
            content = KeyWork.read(new KeyFinder(table, task), id);
        } finally {
            table.lock.unlock();
        }
        return give(task, content, userAddr, bytes);
    }

    /** The whole size; nothing is copied if it does not fit. */
    private static long give(Task task, byte[] content, long userAddr, long bytes) {
        boolean fits = Long.compareUnsigned(bytes, content.length) >= 0;
        if (userAddr != 0 && fits) {
            task.user().copyOut(userAddr, content);
        }
        return content.length;
    }

    /** There are no labels: an empty one. */
    private static long security(Task task, int id, long userAddr, long bytes) {
        KeyTable table = KeyTable.of(task.sandbox());
        table.lock.lock();
        try {
            new KeyFinder(table, task).find(id, Missing.REFUSE, State.PARTIAL, KeyRights.VIEW);
        } finally {
            table.lock.unlock();
        }
        if (userAddr != 0 && bytes > 0) {
            task.user().copyOut(userAddr, new byte[1]);
        }
        return 1;
    }

    private static long capabilities(Task task, long userAddr, long bytes) {
        int count = (int) Math.clamp(bytes, 0, CAPABILITIES.length);
        if (bytes > 0) {
            byte[] known = new byte[count];
            System.arraycopy(CAPABILITIES, 0, known, 0, count);
            task.user().copyOut(userAddr, known);
            clear(task, userAddr + count, bytes - count);
        }
        return CAPABILITIES.length;
    }

    private static void clear(Task task, long userAddr, long bytes) {
        byte[] zeros = new byte[(int) Math.min(bytes, PAGE_BYTES)];
        for (long done = 0; done < bytes; done += zeros.length) {
            long count = Math.min(zeros.length, bytes - done);
            task.user()
                    .copyOut(userAddr + done, count < zeros.length ? new byte[(int) count] : zeros);
        }
    }

    private static long update(Task task, int id, long payloadAddr, long payloadBytes) {
        if (Long.compareUnsigned(payloadBytes, PAGE_BYTES) > 0) {
            throw Errno.EINVAL.exception();
        }
        byte[] payload =
                payloadBytes == 0
                        ? new byte[0]
                        : task.user().copyIn(payloadAddr, (int) payloadBytes);
        KeyTable table = KeyTable.of(task.sandbox());
        table.lock.lock();
        try {
            return KeyWork.update(new KeyFinder(table, task), id, payload);
        } finally {
            table.lock.unlock();
        }
    }

    private static long search(
            Task task, int keyring, long typeAddr, long descriptionAddr, int target) {
        String typeName = KeyText.type(task, typeAddr);
        String description = KeyText.description(task, descriptionAddr);
        KeyTable table = KeyTable.of(task.sandbox());
        table.lock.lock();
        try {
            return KeyringWork.search(
                    new KeyFinder(table, task), keyring, typeName, description, target);
        } finally {
            table.lock.unlock();
        }
    }

    private static long restrict(Task task, int keyring, long typeAddr, long restrictionAddr) {
        KeyTable table = KeyTable.of(task.sandbox());
        table.lock.lock();
        try {
            new KeyFinder(table, task).find(keyring, Missing.REFUSE, State.GOOD, KeyRights.SETATTR);
        } finally {
            table.lock.unlock();
        }
        if ((typeAddr == 0) != (restrictionAddr == 0)) {
            throw Errno.EINVAL.exception();
        }
        String typeName = typeAddr == 0 ? "" : KeyText.type(task, typeAddr);
        if (restrictionAddr != 0) {
            KeyText.description(task, restrictionAddr);
        }
        table.lock.lock();
        try {
            return KeyringWork.restrict(new KeyFinder(table, task), keyring, typeName);
        } finally {
            table.lock.unlock();
        }
    }

    private static long join(Task task, long nameAddr) {
        String name = nameAddr == 0 ? "" : KeyText.text(task, nameAddr, Limits.NAME_MAX + 1);
        if (name.startsWith(".")) {
            throw Errno.EPERM.exception();
        }
        KeyTable table = KeyTable.of(task.sandbox());
        table.lock.lock();
        try {
            KeyFinder finder = new KeyFinder(table, task);
            return (nameAddr == 0 ? finder.joinAnonymous() : finder.join(name)).serial();
        } finally {
            table.lock.unlock();
        }
    }

    private static long assumeAuthority(int id) {
        if (id < 0) {
            throw Errno.EINVAL.exception();
        }
        return id == 0 ? 0 : Errno.ENOKEY.negated();
    }
}
