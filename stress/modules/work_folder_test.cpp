// Who tidies up behind the killed must know the living, also those that it cannot see, and must
// touch nothing of another user's.
#include "stress/modules/work_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "protocol/testing/child.h"

namespace minusone {
namespace {

namespace fs = std::filesystem;

class Parent : public testing::Test {
 protected:
  Parent() {
    char name[] = "/tmp/minusone-work-XXXXXX";
    if (mkdtemp(name) != nullptr) path_ = name;
  }
  ~Parent() override { fs::remove_all(path_); }

  fs::path path_;
};

using WorkFolders = Parent;

TEST_F(WorkFolders, AreGoneWithTheirOwner) {
  fs::path made;
  {
    const WorkFolder folder(path_);
    made = folder.path();
    EXPECT_TRUE(fs::is_directory(made));
  }
  EXPECT_FALSE(fs::exists(made));
}

TEST_F(WorkFolders, OfTheKilledGoWhenTheNextIsMade) {
  dies_after([&] { new WorkFolder(path_); });
  ASSERT_FALSE(fs::is_empty(path_));
  const WorkFolder next(path_);
  EXPECT_EQ(std::distance(fs::directory_iterator(path_), {}), 1);
}

// In another container the owner has a number that means nobody here, or somebody else.
TEST_F(WorkFolders, OfTheLivingStayWhateverTheirNumber) {
  const WorkFolder folder(path_);
  const auto renamed = path_ / ".minusone-4194000-abcdef";
  fs::rename(folder.path(), renamed);
  const WorkFolder next(path_);
  EXPECT_TRUE(fs::is_directory(renamed));
  fs::remove_all(renamed);
}

TEST_F(WorkFolders, OfAnotherUserStay) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can play another user";
  const auto theirs = path_ / ".minusone-4194000-abcdef";
  fs::create_directory(theirs);
  ASSERT_EQ(chown(theirs.c_str(), 65534, 65534), 0);
  const WorkFolder next(path_);
  EXPECT_TRUE(fs::is_directory(theirs));
}

TEST_F(WorkFolders, AreNotTakenForWhatALinkLeadsTo) {
  const auto kept = path_ / "kept";
  fs::create_directory(kept);
  fs::create_directory_symlink(kept, path_ / ".minusone-4194000-abcdef");
  const WorkFolder next(path_);
  EXPECT_TRUE(fs::is_directory(kept));
}

}  // namespace
}  // namespace minusone
