package dev.moat.swap.checkpoint;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A checkpoint file that is read from its beginning to its end. Nothing in it is trusted. */
final class CheckpointInput implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream file;
    private final ExecutorService decoders =
            Executors.newFixedThreadPool(
                    Math.max(1, Runtime.getRuntime().availableProcessors()),
                    Thread.ofPlatform().daemon().name("moat-restore-", 0).factory());

    private CheckpointInput(InputStream file) {
        this.file = file;
    }

    /**
     * @throws CheckpointException it is no checkpoint that this kernel reads
     */
    static CheckpointInput open(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new CheckpointException(
                    Files.exists(path) ? "it is no regular file" : "there is no such file");
        }
        CheckpointInput input =
                new CheckpointInput(
                        new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES));
        try {
            FileHeader.check(input.file.readNBytes(FileHeader.BYTES));
            return input;
        } catch (RuntimeException | IOException e) {
            input.close();
            throw e;
        }
    }

    /**
     * Begins a section; the one before has been read to its end.
     *
     * @throws CheckpointException another section is there
     */
    SectionInput begin(Section section) throws IOException {
        byte[] tag = file.readNBytes(4);
        if (tag.length < 4) {
            throw new CheckpointException("it is cut off before its " + section);
        }
        if (ByteBuffer.wrap(tag).order(ByteOrder.LITTLE_ENDIAN).getInt() != section.tag()) {
            throw new CheckpointException("it is damaged where its " + section + " should begin");
        }
        return new SectionInput(this, section, decoders);
    }

    /**
     * The end of the file, and nothing behind it.
     *
     * @throws CheckpointException it is not there
     */
    void expectEnd() throws IOException {
        begin(Section.END).expectEnd();
        if (file.read() >= 0) {
            throw new CheckpointException("something follows its end");
        }
    }

    /** The next block of a section. */
    Block readBlock(Section section, int number) throws IOException {
        byte[] header = file.readNBytes(Block.HEADER_BYTES);
        if (header.length < Block.HEADER_BYTES) {
            throw cutOff(section, number);
        }
        ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        int rawBytes = fields.getInt();
        int storedBytes = fields.getInt();
        if (rawBytes < 0
                || rawBytes > Block.MAX_RAW_BYTES
                || storedBytes <= 0
                || storedBytes > Block.MAX_STORED_BYTES) {
            throw new CheckpointException(
                    section + " is damaged: block " + number + " has an impossible size");
        }
        byte[] stored = file.readNBytes(storedBytes);
        if (stored.length < storedBytes) {
            throw cutOff(section, number);
        }
        return new Block(rawBytes, stored, storedBytes, fields.getInt());
    }

    private static CheckpointException cutOff(Section section, int number) {
        return new CheckpointException("it is cut off in its " + section + ", block " + number);
    }

    @Override
    public void close() throws IOException {
        decoders.shutdownNow();
        file.close();
    }
}
