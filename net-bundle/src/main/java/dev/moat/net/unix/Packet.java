package dev.moat.net.unix;

import dev.moat.abi.Ucred;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import java.util.ArrayList;
import java.util.List;

/** Bytes that were sent in one go, with what came along. Guarded by the lock of its queue. */
@Stateful
final class Packet {
    private final byte[] data;
    private final Ucred sender;
    private final byte[] from;
    private List<FileDescription> rights;
    private int consumed;

    /**
     * @param rights references that the packet owns
     */
    Packet(byte[] data, Ucred sender, byte[] from, List<FileDescription> rights) {
        this.data = data;
        this.sender = sender;
        this.from = from;
        this.rights = rights;
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

    byte[] from() {
        return from;
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

    /** Nobody will receive it. */
    void discard() {
        takeRights().forEach(FileDescription::release);
    }
}
