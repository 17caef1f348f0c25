package dev.moat.ipc.calls;

import dev.moat.ipc.IpcNamespace;
import dev.moat.ipc.mqueue.QueueLimits.Setting;
import java.util.Locale;

/** {@code /proc/sys/fs/mqueue}: limits of POSIX message queues, mq_overview(7). */
record MqueueProcFile(Setting setting) implements ProcContent {
    @Override
    public String path() {
        return "sys/fs/mqueue/" + setting.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String render(IpcNamespace space) {
        return space.queues().limits().get(setting) + "\n";
    }

    @Override
    public void accept(IpcNamespace space, String value) {
        space.queues()
                .limits()
                .set(setting, ProcContent.number(value, setting.least(), setting.most()));
    }
}
