package dev.moat.net.unix;

import dev.moat.abi.Ucred;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FileDescription;
import dev.moat.net.SendRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bytes that were sent in one go, with what came along. Guarded by the lock of its queue. */
@Stateful
final class Packet {
    private final byte[] data;
    private final Ucred sender;
    private final @Nullable ThreadGroup process;
    private final byte[] from;
    private final @Nullable SendBuffer buffer;
    private final int chargedBytes;

    /** How many open files came with it. */
    private final int carried;

    /** Real time of arrival, 0 if nobody asked for it. */
    private final long arrivalNs;

    private List<FileDescription> rights;
    private int consumed;

    /**
     * @param request whose open files become the packet's own
     * @param from address of the sender
     * @param buffer which is charged for it until it is gone
     */
    Packet(
            byte[] data,
            SendRequest request,
            byte[] from,
            SendBuffer buffer,
            int chargedBytes,
            long arrivalNs) {
        this.data = data;
        this.sender = request.credentials();
        this.process = request.process();
        this.rights = request.rights();
        this.from = from;
        this.buffer = buffer;
        this.chargedBytes = chargedBytes;
        this.carried = request.rights().size();
        this.arrivalNs = arrivalNs;
    }

    byte[] data() {
        return data;
    }

    int consumed() {
        return consumed;
    }

    int remaining() {
        return data.length - consumed;
    }

    void consume(long bytes) {
        consumed += (int) bytes;
    }

    Ucred sender() {
        return sender;
    }

    @Nullable ThreadGroup process() {
        return process;
    }

    byte[] from() {
        return from;
    }

    long arrivalNs() {
        return arrivalNs;
    }

    boolean hasRights() {
        return !rights.isEmpty();
    }

    /**
     * Whether a stream reader may go on from {@code before} into this packet without mixing
     * senders.
     */
    boolean continues(Packet before) {
        return !before.hasRights() && sender.equals(before.sender);
    }

    /** The open files; they are gone from the packet. */
    List<FileDescription> takeRights() {
        List<FileDescription> taken = rights;
        rights = List.of();
        return taken;
    }

    /** The open files with references of their own, for MSG_PEEK. */
    List<FileDescription> copyRights() {
        List<FileDescription> copies = new ArrayList<>(rights.size());
        for (FileDescription file : rights) {
            if (file.tryRetain()) {
                copies.add(file);
            }
        }
        return copies;
    }

    /** It is on its way: its sender pays. */
    void charge() {
        if (buffer != null) {
            buffer.charge(chargedBytes, carried);
        }
    }

    /** Tells its sender, with no lock held, that there is room again. */
    void tellSender() {
        if (buffer != null) {
            buffer.tellRoom();
        }
    }

    /** It has left the queue: its sender has room again. */
    void discharge() {
        if (buffer != null) {
            buffer.release(chargedBytes, carried);
        }
    }
}
