#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file's bytes as read-only memory; the pages are shared with every process that maps the same file.
final class MappedFile: @unchecked Sendable {
    // Sendable: the mapping is read-only and lives as long as this object.
    let bytes: UnsafeRawBufferPointer

    struct Failure: Error {
        /// As the system words it: "No such file or directory".
        var reason: String
    }

    init(path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(reason: Self.reason(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(reason: Self.reason(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure(reason: "not a file") }
        guard status.st_size > 0 else { throw Failure(reason: "the file is empty") }
        let address = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else { throw Failure(reason: Self.reason(errno)) }
        self.bytes = UnsafeRawBufferPointer(start: address, count: Int(status.st_size))
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: self.bytes.baseAddress), self.bytes.count)
    }

    /// Gives the pages back that have been read; whatever is read again comes back by itself.
    func release() {
        madvise(UnsafeMutableRawPointer(mutating: self.bytes.baseAddress), self.bytes.count, MADV_DONTNEED)
    }

    private static func reason(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}
