package dev.moat.ipc;

import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.NamespacePart;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.ipc.mqueue.QueueFilesystem;
import dev.moat.ipc.msg.MessageQueues;
import dev.moat.ipc.sem.SemaphoreSets;
import dev.moat.ipc.shm.Segments;

/** All objects of one IPC namespace: ipc_namespaces(7). */
@Stateful
public final class IpcNamespace implements NamespacePart {
    private static final String PART = "ipc.objects";

    private final Segments segments;
    private final SemaphoreSets semaphores = new SemaphoreSets();
    private final MessageQueues messages = new MessageQueues();
    private final QueueFilesystem queues;

    private IpcNamespace(Sandbox sandbox) {
        this.segments = new Segments(sandbox);
        this.queues = new QueueFilesystem(sandbox);
    }

    /** The one that {@code task} is in, made on first use. */
    public static IpcNamespace of(Task task) {
        return of(task.namespaces(), task.sandbox());
    }

    /** The first one of {@code sandbox}. */
    public static IpcNamespace of(Sandbox sandbox) {
        return of(Namespaces.firstOf(sandbox), sandbox);
    }

    private static IpcNamespace of(Namespaces namespaces, Sandbox sandbox) {
        return (IpcNamespace)
                namespaces.get(NamespaceKind.IPC).part(PART, () -> new IpcNamespace(sandbox));
    }

    public Segments segments() {
        return segments;
    }

    public SemaphoreSets semaphores() {
        return semaphores;
    }

    public MessageQueues messages() {
        return messages;
    }

    /** POSIX message queues. */
    public QueueFilesystem queues() {
        return queues;
    }

    @Override
    public void namespaceEnded() {
        segments.close();
        semaphores.close();
        messages.close();
        queues.end();
    }
}
