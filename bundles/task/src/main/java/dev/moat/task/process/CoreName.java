package dev.moat.task.process;

import dev.moat.abi.Rlimits;
import dev.moat.api.task.CoreSettings;
import dev.moat.api.task.Credentials;

/** The name of a core file: core(5), fs/coredump.c format_corename. */
final class CoreName {
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final GuestTask task;
    private final int signal;
    private boolean pidSeen;

    private CoreName(GuestTask task, int signal) {
        this.task = task;
        this.signal = signal;
    }

    /** The path for {@code task}; empty: the pattern is, and there is no file. */
    static String of(GuestTask task, int signal, CoreSettings settings) {
        return new CoreName(task, signal).expand(settings);
    }

    private String expand(CoreSettings settings) {
        String pattern = settings.pattern();
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%') {
                name.append(c);
            } else if (++i < pattern.length()) {
                name.append(specifier(pattern.charAt(i)));
            }
        }
        if (settings.usesPid() && !pidSeen && !name.isEmpty()) {
            name.append('.').append(task.tgid());
        }
        return name.toString();
    }

    private String specifier(char letter) {
        Credentials who = task.credentials();
        return switch (letter) {
            case '%' -> "%";
            case 'p', 'P' -> {
                pidSeen = true;
                yield Integer.toString(task.tgid());
            }
            case 'i', 'I' -> Integer.toString(task.tid());
            case 'u' -> Integer.toUnsignedString(who.uid());
            case 'g' -> Integer.toUnsignedString(who.gid());
            case 'd' -> Integer.toString(task.group().dumpable());
            case 's' -> Integer.toString(signal);
            case 't' -> Long.toString(task.services().clock().realtimeNs() / NS_PER_SECOND);
            case 'h' -> harmless(task.uts().nodeName());
            case 'e' -> harmless(task.name());
            case 'f' -> harmless(fileName());
            case 'E' -> path().replace('/', '!');
            case 'c' -> limit();
            default -> "";
        };
    }

    private String limit() {
        long soft = task.group().limits().soft(Rlimits.RLIMIT_CORE);
        return soft == Long.MAX_VALUE ? "18446744073709551615" : Long.toString(soft);
    }

    private String path() {
        return task.group()
                .executable()
                .map(file -> task.sandbox().vfs().pathOf(file, task.fs().root()))
                .orElse(task.name());
    }

    private String fileName() {
        String path = path();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Names must not lead to other directories: cn_esc_printf. */
    private static String harmless(String text) {
        if (text.equals(".") || text.equals("..")) {
            return "!" + text.substring(1);
        }
        return text.isEmpty() ? "!" : text.replace('/', '!');
    }
}
