package dev.moat.swap.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** The bytes of one section; blocks ahead are decoded by several threads. */
final class SectionInput extends InputStream {
    private static final int WINDOW = 8;
    private static final byte[] NOTHING = new byte[0];

    private final CheckpointInput input;
    private final Section section;
    private final ExecutorService decoders;
    private final Deque<Future<byte[]>> underWay = new ArrayDeque<>();
    private byte[] current = NOTHING;
    private int position;
    private int blocks;
    private long announced;
    private boolean exhausted;

    SectionInput(CheckpointInput input, Section section, ExecutorService decoders) {
        this.input = input;
        this.section = section;
        this.decoders = decoders;
    }

    Section section() {
        return section;
    }

    @Override
    public int read() throws IOException {
        return position < current.length || advance() ? current[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position == current.length && !advance()) {
            return -1;
        }
        int step = Math.min(length, current.length - position);
        System.arraycopy(current, position, target, offset, step);
        position += step;
        return step;
    }

    /**
     * All of the section has been read.
     *
     * @throws CheckpointException there is more
     */
    void expectEnd() throws IOException {
        if (read() >= 0) {
            throw new CheckpointException(section + " is damaged: something follows its end");
        }
    }

    private boolean advance() throws IOException {
        while (!exhausted && underWay.size() < WINDOW) {
            readAhead();
        }
        Future<byte[]> next = underWay.pollFirst();
        if (next == null) {
            return false;
        }
        try {
            current = next.get();
            position = 0;
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CheckpointException damaged) {
                throw damaged;
            }
            throw new CheckpointException(section + " cannot be read: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void readAhead() throws IOException {
        int number = blocks++;
        Block block = input.readBlock(section, number);
        if (!block.isLast()) {
            announced += block.rawBytes();
            underWay.addLast(decoders.submit(() -> block.decode(section, number)));
            return;
        }
        exhausted = true;
        if (block.totalBytes(section, number) != announced) {
            throw new CheckpointException(section + " is damaged: blocks are missing");
        }
    }
}
