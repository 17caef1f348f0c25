package dev.moat.keys;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.ProcProvider;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/** The system calls about keys, and their files in {@code /proc}. */
@Component(service = {SyscallProvider.class, ProcProvider.class})
public final class KeysComponent implements SyscallProvider, ProcProvider {
    private static final String KEYS = "keys";
    private static final String USERS = "key-users";
    private static final int READABLE = 0444;
    private static final int SETTABLE = 0644;

    private final List<Object> handlers = List.of(new AddKeyCalls(), new KeyctlCalls());
    private final Map<String, Integer> files = files();

    private static Map<String, Integer> files() {
        Map<String, Integer> files = new HashMap<>();
        files.put(KEYS, READABLE);
        files.put(USERS, READABLE);
        for (KeySetting setting : KeySetting.values()) {
            files.put(setting.path(), SETTABLE);
        }
        return Map.copyOf(files);
    }

    @Override
    public String subsystem() {
        return "keys";
    }

    @Override
    public List<Object> handlers() {
        return handlers;
    }

    @Override
    public MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }

    @Override
    public Map<String, Integer> procFiles() {
        return files;
    }

    @Override
    public String renderProc(String path, Task reader) {
        KeyTable table = KeyTable.of(reader.sandbox());
        table.lock.lock();
        try {
            KeyFinder finder = new KeyFinder(table, reader);
            return switch (path) {
                case KEYS -> KeyListing.keys(table, finder);
                case USERS -> KeyListing.users(table, finder);
                default -> table.setting(setting(path)) + "\n";
            };
        } finally {
            table.lock.unlock();
        }
    }

    @Override
    public void acceptProc(String path, Task writer, String value) {
        try {
            int number = Integer.parseInt(value.strip());
            if (number < 0) {
                throw Errno.EINVAL.exception();
            }
            KeyTable.of(writer.sandbox()).set(setting(path), number);
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }

    private static KeySetting setting(String path) {
        for (KeySetting setting : KeySetting.values()) {
            if (setting.path().equals(path)) {
                return setting;
            }
        }
        throw Errno.ENOENT.exception();
    }
}
