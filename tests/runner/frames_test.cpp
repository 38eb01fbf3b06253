// Frames that have come together are told apart, with the descriptors that each brought.
#include "runner/frames.hpp"

#include "support.hpp"

namespace kappa::runner::test {
namespace {

TEST_CASE("descriptors are those of the frame that they were sent with") {
  auto [one, other] = socket_pair();
  const FrameSocket sender(std::move(one));
  FrameSocket receiver(std::move(other));
  const auto [reading, writing] = pipe_pair();
  const auto deadline = after_ms(1'000);
  REQUIRE(sender.send(FrameType::ready, "", {}, deadline));
  REQUIRE(sender.send(FrameType::spawned, "two", {reading.get(), writing.get()}, deadline));
  REQUIRE(sender.send(FrameType::ended, "none", {}, deadline));
  REQUIRE(sender.send(FrameType::spawned, "one", {reading.get()}, deadline));
  for (const std::size_t fds : {0U, 2U, 0U, 1U}) {
    const auto frame = receiver.receive(small_frame, deadline);
    REQUIRE(frame);
    CAPTURE(frame->payload);
    CHECK(frame->fds.size() == fds);
  }
  CHECK(receiver.idle());
}

}  // namespace
}  // namespace kappa::runner::test
