// Functions for the tests' modules.
#include "contract/world.hpp"

namespace kappa::test {

data::Function Stores::function(const std::string& name, const std::string& code) {
  const std::string username = "u" + to_text(make_uuid(clock, random));
  REQUIRE(data->signup({{username}, {"correct horse"}}));
  const auto session = data->login({username, "correct horse"});
  REQUIRE(session);
  const Uuid fn_id = make_uuid(clock, random);
  const auto user_id = data->identify({session->token})->user_id;
  REQUIRE(data->reserve_function({fn_id, user_id, {name}}));
  const auto stored = fn_code->store({fn_id, {code}});
  REQUIRE(stored);
  const auto published = data->publish_function({fn_id, stored->code_id});
  REQUIRE(published);
  return *published;
}

}  // namespace kappa::test
