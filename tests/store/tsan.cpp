// What the thread sanitizer must overlook here: it does not see into libstdc++, whose reference
// counts order a thrown exception's end after its last use.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:std::__future_base::_Result*_M_destroy\n";
}
