package dev.moat.api.task;

import org.osgi.annotation.versioning.ProviderType;

/** What a file of pidfd_open(2) is to other subsystems. */
@ProviderType
public interface ProcessFile {
    /** The process it stands for, ended or not. */
    ThreadGroup process();
}
