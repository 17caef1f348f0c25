package dev.moat.syscall.strace;

/** Calls of memory and of System V and POSIX interprocess communication. */
final class MemorySignatures {
    static final String TEXT =
            """
            mmap(ptr, size, prot, map, fd, hex) = hex
            mprotect(ptr, size, prot)
            munmap(ptr, size)
            brk(ptr) = hex
            mremap(ptr, size, size, mremap, ptr) = hex
            msync(ptr, size, msync)
            mincore(ptr, size, ptr)
            madvise(ptr, size, madvise)
            mlock(ptr, size)
            mlock2(ptr, size, mlock2)
            munlock(ptr, size)
            mlockall(mlockall)
            munlockall()
            remap_file_pages(ptr, size, prot, size, map)
            mbind(ptr, size, mempolicy, ptr, size, hex)
            set_mempolicy(mempolicy, ptr, size)
            get_mempolicy(>intptr, ptr, size, ptr, hex)
            set_mempolicy_home_node(ptr, size, int, hex)
            migrate_pages(pid, size, ptr, ptr)
            move_pages(pid, size, ptr, ptr, ptr, hex)
            pkey_mprotect(ptr, size, prot, int)
            pkey_alloc(hex, hex)
            pkey_free(int)
            mseal(ptr, size, hex)
            memfd_secret(hex)
            map_shadow_stack(ptr, size, hex) = hex
            process_vm_readv(pid, iov, int, ptr, int, hex)
            process_vm_writev(pid, iov, int, ptr, int, hex)
            process_madvise(fd, iov, int, madvise, hex)
            process_mrelease(fd, hex)
            membarrier(membarrier, hex, int)
            userfaultfd(openflags)
            shmget(hex32, size, ipcflags)
            shmat(int, ptr, hex) = hex
            shmctl(int, int, ptr)
            shmdt(ptr)
            semget(hex32, int, ipcflags)
            semop(int, ptr, size)
            semtimedop(int, ptr, size, timespec)
            semctl(int, int, int, ptr)
            msgget(hex32, ipcflags)
            msgsnd(int, ptr, size, hex)
            msgrcv(int, ptr, size, long, hex)
            msgctl(int, int, ptr)
            mq_open(str, openflags, createmode, ptr)
            mq_unlink(str)
            mq_timedsend(fd, buf:2, size, uint, timespec)
            mq_timedreceive(fd, outbuf, size, >intptr, timespec)
            mq_notify(fd, ptr)
            mq_getsetattr(fd, ptr, ptr)
            """;

    private MemorySignatures() {}
}
