package dev.moat.mm;

import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.mm.MemoryFile;
import dev.moat.api.swap.Stateful;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which control group's account each charged page was charged to. Costs nothing while all tasks are
 * in the root, whose pages are nobody's. Guarded by the memory file's lock.
 */
@Stateful
final class PageOwners {
    private static final int CHUNK_PAGES = (int) (MemoryFile.CHUNK_BYTES >>> Pages.SHIFT);

    private static final short[] NONE = {};

    /** Set in a number: the page belongs to a file. */
    private static final int FILE = 0x8000;

    /** Numbers of accounts by chunk and page; none: all of the chunk are the root's. */
    private short[][] chunks = {};

    /** By number less one. */
    private @Nullable MemoryAccount[] accounts = new MemoryAccount[0];

    private boolean used;

    boolean isUsed() {
        return used;
    }

    /** Whose pages they are. */
    enum Kind {
        ANONYMOUS,
        FILE
    }

    /** Pages that the calling thread has charged. */
    void mark(int chunk, int first, int count, Kind kind) {
        MemoryAccount payer = PayingThread.payer();
        if (payer == null) {
            return;
        }
        used = true;
        int index = payer.number() - 1;
        if (index >= accounts.length) {
            accounts = Arrays.copyOf(accounts, Math.max(16, Integer.highestOneBit(index) << 1));
        }
        accounts[index] = payer;
        if (chunk >= chunks.length) {
            int known = chunks.length;
            chunks = Arrays.copyOf(chunks, chunk + 1);
            Arrays.fill(chunks, known, chunk + 1, NONE);
        }
        short[] numbers = chunks[chunk];
        if (numbers.length == 0) {
            numbers = new short[CHUNK_PAGES];
            chunks[chunk] = numbers;
        }
        int number = payer.number();
        if (kind == Kind.FILE) {
            payer.countFilePages(count);
            number |= FILE;
        }
        Arrays.fill(numbers, first, first + count, (short) number);
    }

    /** A page is free: its account gets it back. */
    void clear(int chunk, int page) {
        short[] numbers = chunk < chunks.length ? chunks[chunk] : NONE;
        if (numbers.length == 0 || numbers[page] == 0) {
            return;
        }
        int number = numbers[page];
        MemoryAccount account = accounts[(number & FILE - 1) - 1];
        numbers[page] = 0;
        if (account != null) {
            if ((number & FILE) != 0) {
                account.countFilePages(-1);
            }
            account.uncharge(1);
        }
    }
}
