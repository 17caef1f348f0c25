package dev.moat.mm;

import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory.BufferUse;
import dev.moat.api.platform.Access;
import java.lang.foreign.MemorySegment;

/** An {@link IoBuffer} over one or several guest ranges. Used by one thread. */
final class UserBuffer implements IoBuffer {
    private final GuestMemory user;

    /** Base and length of each part, alternating; lengths sum up without overflow. */
    private final long[] parts;

    /** Whether what is read is pinned: secret memory refuses. */
    private final boolean pins;

    /** Where the next byte goes: a part and the position in it. */
    private int part;

    private long inPart;

    private long transferred;
    private long end;
    private boolean faulted;

    /** Whether somebody has it: a second release would give one buffer to two users. */
    private boolean inUse;

    UserBuffer(GuestMemory user, long[] parts, BufferUse use) {
        this.user = user;
        this.parts = parts;
        this.pins = use == BufferUse.PIN;
        begin();
    }

    /** A buffer over one range that was released, for another range. */
    void reuse(long userAddr, long lengthBytes) {
        parts[0] = userAddr;
        parts[1] = lengthBytes;
        begin();
    }

    private void begin() {
        end = 0;
        for (int i = 1; i < parts.length; i += 2) {
            end += parts[i];
        }
        inUse = true;
        rewind();
    }

    @Override
    public void release() {
        if (!inUse) {
            throw new IllegalStateException("a buffer was released twice");
        }
        inUse = false;
        transferred = 0;
        end = 0;
        if (parts.length == 2) {
            user.keep(this);
        }
    }

    @Override
    public long remaining() {
        return end - transferred;
    }

    @Override
    public long transferred() {
        return transferred;
    }

    @Override
    public boolean faulted() {
        return faulted;
    }

    @Override
    public void limit(long lengthBytes) {
        end = Math.min(end, transferred + Math.max(0, lengthBytes));
    }

    @Override
    public void skip(long lengthBytes) {
        long wanted = transferred + Math.min(lengthBytes, remaining());
        while (transferred < wanted) {
            advance(Math.min(partLeft(), wanted - transferred));
        }
    }

    @Override
    public void rewind(long wanted) {
        if (wanted < 0 || wanted > transferred) {
            throw new IllegalArgumentException("rewind to " + wanted + " of " + transferred);
        }
        rewind();
        skip(wanted);
    }

    private void rewind() {
        part = 0;
        inPart = 0;
        transferred = 0;
        faulted = false;
        skipEmpty();
    }

    @Override
    public long put(MemorySegment source, long offset, long lengthBytes) {
        long wanted = Math.min(lengthBytes, remaining());
        long done = 0;
        while (done < wanted) {
            long moved = putResident(source, offset + done, wanted - done);
            done += moved;
            if (done < wanted && !resolve(true)) {
                break;
            }
        }
        return done;
    }

    @Override
    public long get(MemorySegment target, long offset, long lengthBytes) {
        long wanted = Math.min(lengthBytes, remaining());
        long done = 0;
        while (done < wanted) {
            long moved = getResident(target, offset + done, wanted - done);
            done += moved;
            if (done < wanted && !resolve(false)) {
                break;
            }
        }
        return done;
    }

    @Override
    public long putZeros(long lengthBytes) {
        long wanted = Math.min(lengthBytes, remaining());
        long done = 0;
        while (done < wanted) {
            done += putResidentZeros(wanted - done);
            if (done < wanted && !resolve(true)) {
                break;
            }
        }
        return done;
    }

    /**
     * {@link #put} that stops where the guest's memory is not there: any lock below MM_PAGES may be
     * held.
     */
    long putResident(MemorySegment source, long offset, long lengthBytes) {
        long wanted = Math.min(lengthBytes, remaining());
        long done = 0;
        while (done < wanted) {
            long piece = Math.min(wanted - done, partLeft());
            long moved = user.writeResident(address(), source, offset + done, piece);
            advance(moved);
            done += moved;
            if (moved < piece) {
                break;
            }
        }
        return done;
    }

    /** {@link #get} that stops where the guest's memory is not there. */
    long getResident(MemorySegment target, long offset, long lengthBytes) {
        long wanted = Math.min(lengthBytes, remaining());
        long done = 0;
        while (done < wanted) {
            long piece = Math.min(wanted - done, partLeft());
            long moved =
                    pins
                            ? user.readPinnedResident(address(), target, offset + done, piece)
                            : user.readResident(address(), target, offset + done, piece);
            advance(moved);
            done += moved;
            if (moved < piece) {
                break;
            }
        }
        return done;
    }

    long putResidentZeros(long lengthBytes) {
        long wanted = Math.min(lengthBytes, remaining());
        long done = 0;
        while (done < wanted) {
            long piece = Math.min(wanted - done, partLeft());
            long moved = user.clearResident(address(), piece);
            advance(moved);
            done += moved;
            if (moved < piece) {
                break;
            }
        }
        return done;
    }

    /**
     * Makes the next byte's page accessible; false, and {@link #faulted}, if it cannot be. No locks
     * held.
     */
    boolean resolve(boolean write) {
        if (remaining() == 0) {
            return false;
        }
        boolean there =
                pins && !write
                        ? user.resolvePinned(address(), Access.READ)
                        : user.resolve(address(), write);
        faulted |= !there;
        return there;
    }

    private long address() {
        return parts[part] + inPart;
    }

    private long partLeft() {
        return parts[part + 1] - inPart;
    }

    private void advance(long bytes) {
        transferred += bytes;
        inPart += bytes;
        skipEmpty();
    }

    private void skipEmpty() {
        while (part < parts.length && inPart == parts[part + 1]) {
            part += 2;
            inPart = 0;
        }
    }
}
