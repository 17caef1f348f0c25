package dev.moat.swap.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A checkpoint file that is being written: beside its place, moved there by {@link #finish}. Closed
 * without that, it leaves nothing behind.
 */
final class CheckpointOutput implements AutoCloseable {
    private final Path file;
    private final Path partial;
    private final FileChannel channel;
    private final ExecutorService encoders =
            Executors.newFixedThreadPool(
                    Math.max(1, Runtime.getRuntime().availableProcessors()),
                    Thread.ofPlatform().daemon().name("moat-checkpoint-", 0).factory());
    private boolean finished;

    private CheckpointOutput(Path file, Path partial, FileChannel channel) {
        this.file = file;
        this.partial = partial;
        this.channel = channel;
    }

    /** Begins a file that only its owner may read: it holds all that was in the sandbox' memory. */
    static CheckpointOutput create(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        if (Files.isDirectory(absolute)) {
            throw new CheckpointException("it is a directory");
        }
        Path directory = absolute.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new CheckpointException("there is no directory " + directory);
        }
        Path partial =
                Files.createTempFile(
                        directory,
                        "." + absolute.getFileName(),
                        ".part",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE);
        CheckpointOutput output = new CheckpointOutput(absolute, partial, channel);
        output.write(ByteBuffer.wrap(FileHeader.encode()));
        return output;
    }

    /** Begins a section; the one before is closed. */
    OutputStream begin(Section section) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        write(head.putInt(section.tag()).flip());
        return new SectionOutput(this, section, encoders);
    }

    void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Brings all to the disk and gives the file its name; gives its size. */
    long finish() throws IOException {
        begin(Section.END).close();
        channel.force(true);
        long size = channel.size();
        Files.move(
                partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        finished = true;
        try (FileChannel directory =
                FileChannel.open(file.resolveSibling("."), StandardOpenOption.READ)) {
            directory.force(true);
        }
        return size;
    }

    @Override
    public void close() throws IOException {
        encoders.shutdownNow();
        channel.close();
        if (!finished) {
            Files.deleteIfExists(partial);
        }
    }
}
