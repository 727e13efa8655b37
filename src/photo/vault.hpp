#pragma once
// The vault: originals as files named by their SHA-256, per workspace, and pictures derived from them, made once.
//
//   DATA/photos/<workspace>/<ab>/<sha256>            the original, as it came, 0600
//   DATA/photos/.incoming/                           files being written; what a crash leaves there is swept at the start
//   DATA/derived/<workspace>/<ab>/<sha256>.<size>    1280.jpg, 512.jpg, 256.webp: no EXIF, no GPS; may be deleted any time

#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <vector>

#include "core/guarded.hpp"
#include "core/id.hpp"
#include "core/result.hpp"
#include "photo/photo.hpp"
#include "photo/picture.hpp"

namespace vitrine::photo {

enum class Size { large, medium, thumb };  // 1280 px JPEG, 512 px JPEG, 256 px WebP: the longer side, never enlarged

// "image/jpeg" or "image/webp".
std::string_view media_type(Size);

struct Kept {
    Sha256 sha256{};
    Header header;
    std::uint64_t bytes = 0;
};

// Any thread; other processes may use the same folder.
class Vault {
public:
    // `decode` is used for pictures that are derived anew; without one it happens in this process.
    Vault(std::filesystem::path data, Limits, Decode decode = {});

    // Inspects, then keeps durably: written under another name, fsynced, renamed into place, its folder fsynced. Keeping
    // the same bytes again is free; a kept file of another length (a damaged disk) is replaced. When this returns, a row
    // may name it. A failed fsync ends the process (std::abort after a log line).
    // Errors: those of inspect, photo.disk_full, photo.disk.
    Result<Kept> keep(const WorkspaceId&, std::span<const std::uint8_t> file);
    // The same from a file. With `move` (an upload's temporary file) it is renamed where that can be, and is gone on
    // success; else it is copied. On an error it is still there. Errors also: photo.missing, photo.not_a_file.
    Result<Kept> keep_file(const WorkspaceId&, const std::filesystem::path&, bool move);

    // Errors: photo.missing, photo.corrupt (the bytes no longer match the name).
    Result<std::vector<std::uint8_t>> original(const WorkspaceId&, const Sha256&) const;
    std::filesystem::path original_path(const WorkspaceId&, const Sha256&) const;

    // The derived picture's path, made from the original when it is not there yet.
    // Errors: those of original and decode, photo.disk_full, photo.disk.
    Result<std::filesystem::path> derived(const WorkspaceId&, const Sha256&, Size);
    // Makes all three from pixels that are decoded already (draft_from_photos does this, to decode once).
    Result<void> derive(const WorkspaceId&, const Sha256&, const Decoded&);

    // Deletes the original and what was derived. Deleting what is not there is fine.
    Result<void> remove(const WorkspaceId&, const Sha256&);

private:
    std::filesystem::path scratch() const;
    std::filesystem::path derived_path(const WorkspaceId&, const Sha256&, Size) const;
    Result<void> make_lasting_folder(const std::filesystem::path&);
    // `movable` is where the bytes lie already, in a file that may be taken; null when they must be written.
    Result<Kept> keep_bytes(const WorkspaceId&, std::span<const std::uint8_t>, const std::filesystem::path* movable);

    std::filesystem::path data_;
    Limits limits_;
    Decode decode_;
    Guarded<std::set<std::filesystem::path>> lasting_folders_;  // made and synced, up to the data folder
};

}  // namespace vitrine::photo
