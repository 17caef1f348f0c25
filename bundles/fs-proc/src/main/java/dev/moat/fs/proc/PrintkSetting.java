package dev.moat.fs.proc;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.sandbox.PrintkSettings;
import dev.moat.api.sandbox.PrintkSettings.UserMessages;
import dev.moat.api.task.Task;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Who sees which messages of the kernel: printk_sysctls, kernel/printk/sysctl.c. */
enum PrintkSetting implements Content {
    /** Four levels; who writes less sets the first ones: proc_dointvec(). */
    LEVELS {
        @Override
        String text(PrintkSettings settings) {
            return Arrays.stream(settings.levels())
                    .mapToObj(Integer::toString)
                    .collect(Collectors.joining("\t"));
        }

        @Override
        void set(PrintkSettings settings, Task writer, String value) {
            String[] tokens = value.strip().split("\\s+");
            int[] levels = new int[Math.min(tokens.length, settings.levels().length)];
            for (int i = 0; i < levels.length; i++) {
                levels[i] = SysctlNumber.first(tokens[i], Integer.MIN_VALUE, Integer.MAX_VALUE);
            }
            settings.setLevels(levels);
        }
    },

    /** A word and one character behind it: devkmsg_sysctl_set_loglvl(). */
    USER_MESSAGES {
        @Override
        String text(PrintkSettings settings) {
            return settings.userMessages().name().toLowerCase(Locale.ROOT);
        }

        @Override
        void set(PrintkSettings settings, Task writer, String value) {
            for (UserMessages each : UserMessages.values()) {
                if (value.equals(each.name().toLowerCase(Locale.ROOT) + "\n")) {
                    settings.setUserMessages(each);
                    return;
                }
            }
            throw Errno.EINVAL.exception();
        }
    },

    /** proc_dointvec_minmax_sysadmin(). */
    RESTRICTION {
        @Override
        String text(PrintkSettings settings) {
            return settings.isRestricted() ? "1" : "0";
        }

        @Override
        void set(PrintkSettings settings, Task writer, String value) {
            if (!writer.credentials().can(Capabilities.CAP_SYS_ADMIN)) {
                throw Errno.EPERM.exception();
            }
            settings.setRestricted(SysctlNumber.first(value, 0, 1) == 1);
        }
    };

    abstract String text(PrintkSettings settings);

    abstract void set(PrintkSettings settings, Task writer, String value);

    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public String render(ProcFilesystem proc, Task reader) {
        return text(proc.sandbox().messages().settings()) + "\n";
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        set(proc.sandbox().messages().settings(), writer, value);
    }
}
