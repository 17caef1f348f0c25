package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.api.vfs.FilesystemType;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The file system types that bundles offer now. Instances that are open keep the type they came
 * from.
 */
public final class FilesystemTypes {
    private final CopyOnWriteArrayList<FilesystemType> types = new CopyOnWriteArrayList<>();

    public void add(FilesystemType type) {
        types.add(type);
    }

    public void remove(FilesystemType type) {
        types.remove(type);
    }

    /** The type called {@code name}, the newest if there are several; ENODEV. */
    FilesystemType require(String name) {
        for (FilesystemType type : types.reversed()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        throw Errno.ENODEV.exception();
    }

    List<String> names() {
        return types.stream().map(FilesystemType::name).distinct().sorted().toList();
    }
}
