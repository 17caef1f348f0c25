package dev.moat.ipc.sem;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.UndoGroup;
import java.util.concurrent.ConcurrentHashMap;

/** What is undone in all sets when the last task of an undo group has ended. Thread safe. */
@Stateful
final class UndoList implements UndoGroup.Adjustments {
    /** By id of the set. */
    private final ConcurrentHashMap<Integer, Undo> undos = new ConcurrentHashMap<>();

    static UndoList of(Task task) {
        return (UndoList) task.undoGroup().adjustments(UndoList::new);
    }

    /**
     * The adjustments in a set, made when there are none.
     *
     * @throws dev.moat.abi.ErrnoException EIDRM: the set is gone; ENOSPC
     */
    Undo in(SemaphoreSet set) {
        Undo known = undos.get(set.id());
        if (known != null && known.set() == set) {
            return known;
        }
        undos.values().removeIf(undo -> undo.set().isGone());
        return undos.compute(
                set.id(),
                (id, other) -> other != null && other.set() == set ? other : set.newUndo());
    }

    @Override
    public void undo(int tgid) {
        undos.values().forEach(undo -> undo.set().undo(undo, tgid));
        undos.clear();
    }
}
