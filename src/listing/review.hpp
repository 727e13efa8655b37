#pragma once
// Inside this room only: the rule packs of markets, kept as data (data/rules_*.json), and what they say about a draft.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "listing/compose.hpp"
#include "listing/listing.hpp"

namespace vitrine::listing {

// What rules need to know of a photo; stored with the listing, so that an edit is reviewed without any model.
struct PhotoFacts {
    PhotoId id;
    int width = 0, height = 0;
    std::string perceptual_hash;      // hex; empty when nobody looked
    std::optional<double> sharpness;  // absent when nobody looked
    double nudity = 0;
    std::vector<std::vector<double>> faces, people;  // boxes
};
BOOST_DESCRIBE_STRUCT(PhotoFacts, (), (id, width, height, perceptual_hash, sharpness, nudity, faces, people))

std::vector<PhotoFacts> facts_of(const std::vector<SeenPhoto>&);

// One rule as its file says it. `check` names a function of review.cpp; `limit` and `words` are its parameters.
struct Rule {
    std::string rule;
    std::string check;
    Severity severity = Severity::warn;
    std::optional<double> limit;
    std::optional<std::vector<std::string>> words;
    std::map<std::string, std::string> message;  // language -> sentence, with {found} and {limit}
    std::string reason;
    std::string source;  // what was read
    std::string seen;    // when, "2026-11-21"; "unverified" when nobody has read it
};
BOOST_DESCRIBE_STRUCT(Rule, (), (rule, check, severity, limit, words, message, reason, source, seen))
struct RulePack {
    Market market = Market::vinted;
    std::string name;          // as people know the market
    std::int64_t version = 0;  // counted up with every change of a rule: stored remarks of an older one are made again
    std::vector<Rule> rules;
};
BOOST_DESCRIBE_STRUCT(RulePack, (), (market, name, version, rules))

// The packs compiled in, one a market, in the order of Market. A damaged or a missing pack or an unknown check is a
// programming error and stops the start.
std::vector<RulePack> rule_packs();

// Pure. Blocks first, then warnings, each in the order of the pack.
std::vector<Remark> review(const Fields&, const std::vector<PhotoFacts>&, const RulePack&, Language);

}  // namespace vitrine::listing
