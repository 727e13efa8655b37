#include "vision/moderation.hpp"

#include <cmath>

#include "photo/encode.hpp"
#include "vision/anchors.hpp"
#include "vision/views.hpp"

namespace vitrine::vision {
namespace {

// As published in MediaPipe's graphs (face_detection_short_range, face_detection_full_range, pose_detection).
const AnchorGrid short_grid{128, {8, 16, 16, 16}, 2, 0.5};
const AnchorGrid full_grid{192, {4}, 1, 0.6};
const AnchorGrid pose_grid{224, {8, 16, 32, 32, 32}, 2, 0.5};
constexpr double overlap_max = 0.3;

// The published thresholds, 0.5 and 0.6, see a face in every eleventh photo of laid-out clothes (prints, shoes, hoods)
// and a person in every eighteenth. Of 1,233 such photos none reaches these with one model alone.
constexpr double face_sure = 0.8;
constexpr double person_sure = 0.85;

constexpr int nudity_resize = 256, nudity_side = 224, nudity_jpeg_quality = 75;

// Pixels as -1..1, channels last.
void write_signed(const photo::Picture& square, std::span<float> to) {
    write_pixels(square, Channels::rgb, {127.5f, 127.5f, 127.5f}, {1 / 127.5f, 1 / 127.5f, 1 / 127.5f}, to);
}

// Runs a MediaPipe detector over the whole picture.
Result<std::vector<Detection>> detect(const Model& model, const AnchorGrid& grid, const Fitted& fitted) {
    const auto centres = anchor_centres(grid);
    auto lease = TRY(model.lease());
    write_signed(fitted.square, lease.input());
    TRY(lease.infer());
    return decode_anchors(lease.output(0), lease.output(1), grid, centres);
}

std::vector<Face> as_faces(const std::vector<Candidate>& boxes) {
    std::vector<Face> found;
    for (const auto& box : boxes) found.push_back({box.score, box_of(box)});
    return found;
}

// Where two models see the same face, neither need be sure alone.
std::vector<Candidate> sure_faces(std::vector<Candidate> found) {
    std::vector<Candidate> sure;
    for (auto& face : keep_best(found, overlap_max)) {
        double missed = 1;  // by all of them
        for (const auto& seen : found)
            if (overlap(face, seen) > overlap_max) missed *= 1 - seen.score;
        face.score = 1 - missed;
        if (face.score >= face_sure) sure.push_back(face);
    }
    return sure;
}

bool holds(const Candidate& body, const Face& face) {
    const double x = face.box[0] + face.box[2] / 2, y = face.box[1] + face.box[3] / 2;
    return x >= body.left && x <= body.right && y >= body.top && y <= body.bottom;
}

class ModerationTask final : public Task {
public:
    ModerationTask(ModerationModels models, std::string version) : models_(std::move(models)), version_(std::move(version) + "/2") {}
    std::string_view name() const override { return "moderation"; }
    std::string version() const override { return version_; }
    Result<json::Value> run(const photo::Decoded& photo, const Seen&) override {
        Moderation found;
        found.nudity = TRY(nudity(models_.open_nsfw, photo.working));
        found.faces = TRY(faces(models_.face_short, models_.face_full, photo));
        found.people = TRY(people(models_.pose, photo, found.faces));
        return json::write(found);
    }

private:
    ModerationModels models_;
    std::string version_;
};

}  // namespace

Result<std::unique_ptr<Task>> make_moderation(ModerationModels models, std::string version) {
    for (const auto* model : {&models.open_nsfw, &models.face_short, &models.face_full, &models.pose}) TRY(model->warm());
    return std::make_unique<ModerationTask>(std::move(models), std::move(version));
}

Result<double> nudity(const Model& open_nsfw, const photo::Picture& picture) {
    const auto small = resized(picture, nudity_resize, nudity_resize);
    auto middle = photo::blank(nudity_side, nudity_side);
    constexpr int border = (nudity_resize - nudity_side) / 2;
    for (int y = 0; y < nudity_side; ++y) std::copy_n(small.row(y + border) + border * 3, nudity_side * 3, middle.row(y));
    // The network learnt from pictures that had been saved as JPEG once more; without that its score moves by up to 0.1.
    const auto file = TRY(photo::encode_jpeg(middle, nudity_jpeg_quality));
    const auto again = TRY(photo::decode(file));
    auto lease = TRY(open_nsfw.lease());
    write_pixels(again.working, Channels::bgr, {104, 117, 123}, {1, 1, 1}, lease.input());
    TRY(lease.infer());
    return lease.output().values[1];
}

Result<std::vector<Face>> faces(const Model& face_short, const Model& face_full, const photo::Decoded& photo) {
    std::vector<Candidate> found;
    for (const auto& [model, grid] : {std::pair(&face_short, &short_grid), std::pair(&face_full, &full_grid)}) {
        const auto fitted = fit_square(photo.working, grid->side);
        std::vector<Candidate> boxes;
        for (const auto& detection : TRY(detect(*model, *grid, fitted))) boxes.push_back(detection.box);
        for (const auto& face : merge_close(std::move(boxes), overlap_max)) found.push_back(in_original(face, fitted, photo));
    }
    return as_faces(sure_faces(std::move(found)));
}

Result<std::vector<Face>> people(const Model& pose, const photo::Decoded& photo, const std::vector<Face>& faces) {
    const auto fitted = fit_square(photo.working, pose_grid.side);
    std::vector<Candidate> bodies;
    for (const auto& detection : TRY(detect(pose, pose_grid, fitted))) {
        // The first point is the middle of the hips, the second lies on the circle around the whole body.
        const auto hips = detection.points.at(0), rim = detection.points.at(1);
        const double reach = std::hypot(rim.x - hips.x, rim.y - hips.y);
        bodies.push_back({detection.box.score, 0, hips.x - reach, hips.y - reach, hips.x + reach, hips.y + reach});
    }
    std::vector<Candidate> found;
    for (const auto& body : merge_close(std::move(bodies), overlap_max))
        if (const auto there = in_original(body, fitted, photo);
            there.score >= person_sure || std::ranges::any_of(faces, [&](const Face& face) { return holds(there, face); }))
            found.push_back(there);
    return as_faces(found);
}

}  // namespace vitrine::vision
